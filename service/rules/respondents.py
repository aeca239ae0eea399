"""Who a complaint is about: a closed set, because it decides what may be cited against whom."""

from enum import StrEnum


class Respondent(StrEnum):
    """Kind of the party for which the caller collects."""

    BANK = "bank"
    CONSUMER_FINANCE = "consumer_finance"
    INSURER = "insurer"
    SMALL_LOAN = "small_loan"
    INTERNET_PLATFORM = "internet_platform"
    MERCHANT = "merchant"
    TELECOM = "telecom"
    UNLICENSED_LENDER = "unlicensed_lender"
    UNKNOWN = "unknown"
