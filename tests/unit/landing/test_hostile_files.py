"""Damaged and hostile files: what is good lands, the rest is kept with a reason, nothing is lost."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from oncall_audit.connectors.aws_cloudtrail import AwsCloudTrail
from oncall_audit.connectors.base import Connector
from oncall_audit.connectors.postgresql import PostgreSQL
from oncall_audit.connectors.sshd import Sshd
from oncall_audit.landing import bytes_in, framing, readers

from .conftest import Zone, cloud_event, records, sshd_line


def _lines(*events: object) -> bytes:
    return b"\n".join(json.dumps(event).encode() for event in events)


def _land(zone: Zone, connector: Connector) -> tuple[int, int]:
    landed = zone.land(connector)
    assert landed.records == landed.landed + landed.duplicates + landed.ignored + landed.quarantined
    return landed.landed, landed.quarantined


def test_of_a_cut_gzip_file_the_good_lines_land(zone: Zone) -> None:
    whole = gzip.compress("".join(sshd_line(n, f"text {n * 7919}") for n in range(3000)).encode())
    zone.put("auth.log.gz", whole[: len(whole) // 2])

    landed, quarantined = _land(zone, Sshd(zone.inbox))

    assert landed > 500
    assert quarantined in {1, 2}
    assert zone.quarantined()[-1][1] == "the gzip stream is cut off"


def test_a_gzip_file_cut_between_two_lines_is_noticed(zone: Zone) -> None:
    # The last bytes of a gzip are its checksum and length: without them every line is still there.
    zone.put("auth.log.gz", gzip.compress((sshd_line(1) + sshd_line(2)).encode())[:-8])

    assert _land(zone, Sshd(zone.inbox)) == (2, 1)


def test_json_lines_cut_between_two_records_are_noticed(zone: Zone) -> None:
    zone.put("events.gz", gzip.compress(_lines(cloud_event(1), cloud_event(2)) + b"\n")[:-8])

    assert _land(zone, AwsCloudTrail(zone.inbox)) == (2, 1)


def test_a_cut_array_of_records_lands_what_is_whole(zone: Zone) -> None:
    zone.put("events.json", records(cloud_event(1), cloud_event(2))[:-40])

    assert _land(zone, AwsCloudTrail(zone.inbox)) == (1, 1)
    assert zone.quarantined() == [(2, "the record is cut off")]


def test_bytes_behind_a_gzip_are_kept_and_zeros_are_not(zone: Zone) -> None:
    packed = gzip.compress(sshd_line(1).encode())
    zone.put("garbage.gz", packed + b"garbage")
    zone.put("padded.gz", gzip.compress(sshd_line(2).encode()) + b"\0" * 512)
    zone.put("two members.gz", gzip.compress(sshd_line(3).encode()) * 2)

    assert _land(zone, Sshd(zone.inbox)) == (4, 1)
    assert zone.quarantined() == [(2, "bytes after the end of the gzip stream")]


def test_a_plain_file_named_gz_is_read_as_it_is(zone: Zone) -> None:
    zone.put("auth.log.gz", sshd_line(1))

    assert _land(zone, Sshd(zone.inbox)) == (1, 0)


def test_a_gzip_file_not_named_so_is_unpacked(zone: Zone) -> None:
    zone.put("auth.log", gzip.compress(sshd_line(1).encode()))

    assert _land(zone, Sshd(zone.inbox)) == (1, 0)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0), b" \n"]
)
def test_empty_files_are_fine(zone: Zone, content: bytes) -> None:
    zone.put("auth.log", content)

    assert _land(zone, Sshd(zone.inbox)) == (0, 0)
    assert _land(zone, AwsCloudTrail(zone.inbox)) == (0, 0)


def test_bad_bytes_are_kept_as_they_came(zone: Zone) -> None:
    bad = b"2024-05-02T10:00:00Z h sshd[1]: \xff\xfe"
    zone.put("auth.log", sshd_line(1).encode() + bad + b"\n" + sshd_line(2).encode())

    assert _land(zone, Sshd(zone.inbox)) == (2, 1)
    with zone.manifest() as manifest:
        (found,) = manifest.quarantined()
    assert (found.line, found.reason) == (2, "not UTF-8 (byte 33)")
    assert base64.b64decode(found.raw) == bad


def test_zeros_in_a_line_are_refused(zone: Zone) -> None:
    zone.put("auth.log", sshd_line(1) + "\0" * 100 + "\n" + sshd_line(2))

    assert _land(zone, Sshd(zone.inbox)) == (2, 1)
    assert zone.quarantined() == [(2, "a NUL byte in it")]


def test_a_byte_order_mark_and_mixed_line_ends_are_no_harm(zone: Zone) -> None:
    zone.put("auth.log", "\ufeff" + sshd_line(1) + sshd_line(2).replace("\n", "\r\n"))
    zone.put("a\x01b.log", sshd_line(3, "a \x01 in it"))

    assert _land(zone, Sshd(zone.inbox)) == (3, 0)
    assert {text[-3:] for (text,) in zone.rows("sshd__messages", "message")} == {" 22", " it"}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b'{"eventTime": "2024-05-02T09:00:00Z", "eventID": "\\ud800"}', "not valid JSON"),
        (b'{"eventTime": "2024-05-02T09:00:00Z", "eventID": "\xff"}', "not valid JSON"),
        (b'{"eventID": 1, "eventID": 2}', "the key eventID stands in it more than once"),
        (b"null", "it is not an object"),
        (b"17", "it is not an object"),
        (b"[]", "it is not an object"),
        (b'{"userIdentity": "ada"}', "userIdentity is not an object"),
        (
            b'{"userIdentity": {"sessionContext": {"attributes": 7}}}',
            "attributes is not an object",
        ),
        (b'{"eventID": "no time"}', "no time that can be read"),
        (b'{"eventTime": "yesterday"}', "no time that can be read"),
        (b'{"eventTime": "infinity"}', "no time that can be read"),
        (b'{"eventTime": "0001-01-01T00:00:00Z"}', "no time that can be read"),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested deeper than 64 levels"),
        (
            b'{"eventTime": "2024-05-02T09:00:00Z", "requestParameters": '
            + b'{"a":[' * 600
            + b"]}" * 600
            + b"}",
            "nested deeper than 64 levels",
        ),
        (b'{"eventTime": "2024', "not valid JSON"),
    ],
)
def test_a_bad_json_line_goes_to_quarantine_with_its_reason(
    zone: Zone, record: bytes, reason: str
) -> None:
    good = json.dumps(cloud_event(1)).encode()
    zone.put("events.json", good + b"\n" + record + b"\n" + _lines(cloud_event(2)))
    zone.put("bad.json", b"\xff\n")

    assert _land(zone, AwsCloudTrail(zone.inbox)) == (2, 2)
    line, found = zone.quarantined()[-1]
    assert line == 2
    assert found.startswith(reason)


def test_odd_numbers_land_as_they_are_written(zone: Zone, only_carefully: None) -> None:
    event = json.dumps(cloud_event(1)).replace('"192.0.2.7"', "123456789012345678901234567890")
    zone.put("events.json", event)

    assert _land(zone, AwsCloudTrail(zone.inbox)) == (1, 0)
    (text,) = zone.rows("aws_cloudtrail__events", "source_ip")
    assert text == ("123456789012345678901234567890",)


def test_an_element_that_is_no_object_is_one_record(zone: Zone) -> None:
    zone.put("events.json", json.dumps([cloud_event(1), 7, None, "text", [1], cloud_event(2)]))

    assert _land(zone, AwsCloudTrail(zone.inbox)) == (2, 4)
    assert [line for line, _ in zone.quarantined()] == [2, 3, 4, 5]


def test_an_object_beside_records_is_not_lost(zone: Zone) -> None:
    zone.put("events.json", records(cloud_event(1)) + b"\n" + _lines(cloud_event(2)))

    landed, quarantined = _land(zone, AwsCloudTrail(zone.inbox))

    assert landed + quarantined >= 2


def test_a_bomb_is_cut_short(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytes_in, "SMALL", 1 << 20)
    bomb = gzip.compress((sshd_line(1) * 10 + "x" * 999 + "\n").encode() + b"\n" * (24 << 20))
    zone.put("bomb.gz", bomb)

    landed, quarantined = _land(zone, Sshd(zone.inbox))

    assert (landed, quarantined) == (10, 2)
    assert zone.quarantined()[-1][1].startswith("the file expands to more than")


def test_giants_are_cut_short(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LONGEST", 3 << 20)
    monkeypatch.setattr(readers, "_LONGEST_OBJECT", 3 << 20)
    giant = "y" * (20 << 20)
    zone.put("auth.log", sshd_line(1) + giant + "\n" + sshd_line(2))
    zone.put("events.json", records(cloud_event(1, userAgent=giant), cloud_event(2)))

    assert _land(zone, Sshd(zone.inbox / "auth.log")) == (2, 1)
    assert _land(zone, AwsCloudTrail(zone.inbox / "events.json")) == (1, 1)
    assert [reason[:11] for _, reason in zone.quarantined()] == ["longer than"] * 2


def test_a_csv_row_of_other_width_goes_to_quarantine(zone: Zone) -> None:
    row = '2024-05-02 09:00:00 UTC,"ada","orders",71,"[local]",66335c80.47,{n},"idle",'
    row += "2024-05-02 08:59:00 UTC,3/1,0,LOG,00000,text,,,,,,,,,psql\n"
    zone.put("db.csv", row.format(n=1) + "2024-05-02 09:00:01 UTC,ada\n" + row.format(n=2))

    assert _land(zone, PostgreSQL(zone.inbox)) == (2, 1)
    assert zone.quarantined() == [(2, "2 columns where the file has 23")]


def test_noise_bytes_are_quarantined_whole(zone: Zone) -> None:
    zone.put("core.dump", bytes(range(256)) * 64)

    landed, quarantined = _land(zone, Sshd(zone.inbox))

    assert landed == 0
    assert quarantined > 0
