"""Why a number is answered as it is: terms, caps and conditions, without telling who reported what."""
