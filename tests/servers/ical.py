"""A local server that gives a calendar feed."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector
from oncall_audit.connectors.ical import ICal
from servers import ApiServer

FEED = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTART:20260302T080000Z\r\nDTEND:20260303T080000Z\r\nSUMMARY:Ada Abel\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)


@dataclass
class FeedServer(ApiServer):
    """Serves one calendar; `trouble` may answer in its place."""

    def connector(self) -> Connector:
        """Return the connector that asks for the feed."""
        return ICal(url_secret=f"{self.url}/private-canary-4716.ics")

    def serve(self, request: Request) -> Response:
        """Answer with the calendar, whole."""
        return Response(FEED, content_type="text/calendar")


def serve(server: HTTPServer) -> FeedServer:
    """Serve a calendar with one shift."""
    return FeedServer(server)
