"""What similar numbers share, how many there are at least, and since when: never which numbers."""

import re
from typing import Final

from starlette.responses import Response

from service.campaigns.store import fetch_extent
from service.figures.bands import band_of
from service.pages.routes import Pages
from service.pages.visit import Visit, not_found

ID: Final = re.compile(r"c-[a-z2-7]{10}")
FEWEST: Final = 3  # numbers without which there is no campaign

pages = Pages()


@pages.get("/about/campaigns/{campaign_id}")
async def show_campaign(visit: Visit) -> Response:
    """Show a campaign, which is similarity and no evidence."""
    campaign_id: str = visit.request.path_params["campaign_id"]
    if ID.fullmatch(campaign_id) is None:
        raise not_found()
    async with visit.context.database.connection() as connection:
        extent = await fetch_extent(connection, campaign_id)
    if extent is None:
        raise not_found()
    at_least = max(band_of(extent.numbers).at_least, FEWEST)
    return visit.public_page("campaign.html", at_least=at_least, since=extent.since)
