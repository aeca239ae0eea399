"""The ledger of hand-overs, as everybody may see it: its checkpoints, and how to check them; never an entry."""

from base64 import b64encode
from typing import Final

from starlette.responses import Response

from service.ledger.checkpoint import parse_checkpoint
from service.ledger.sign import Notary
from service.ledger.watch import LedgerWatch
from service.pages.routes import Pages
from service.pages.visit import Visit
from service.signed import encode_key

NOT_KEPT: Final = "no-store, no-transform"

pages = Pages()


@pages.get("/about/ledger")
async def show_ledger(visit: Visit) -> Response:
    """Show checkpoints and public key, how to verify them, and in red if the ledger differs from what was signed."""
    context = visit.context
    watch: LedgerWatch = visit.request.state.ledger
    notary = Notary(context.keys.signer(), context.settings.ledger_note)
    state = await watch.state(context.database, notary, visit.now)
    read = [(one, parse_checkpoint(one.note)) for one in state.checkpoints]
    page = visit.public_page(
        "ledger.html",
        state=state,
        checkpoints=[(stored.signed_at, one.size, b64encode(one.root).decode()) for stored, one in read],
        newest=state.checkpoints[0].note if state.checkpoints else None,
        public_key=encode_key(notary.key.public_key()),
    )
    if state.altered:
        page.headers["Cache-Control"] = NOT_KEPT
    return page
