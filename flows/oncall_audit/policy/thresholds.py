"""Every number that a rule compares with, under the name that the rules know it by."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from oncall_audit.validation import Strict

Whole = Annotated[int, Field(ge=0)]
Counted = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


class Grace(Strict):
    """How far an allowed window reaches past what opens it."""

    before_minutes: Whole = Field(15, description="Minutes allowed before a shift begins.")
    after_minutes: Whole = Field(30, description="Minutes allowed after a shift ends.")
    incident_after_minutes: Whole = Field(
        60, description="Minutes allowed after an incident is resolved, for its responders."
    )


class Thresholds(Strict):
    """The numbers of the rules. PCI DSS, NIST and others leave them to the organisation."""

    session_gap_minutes: Counted = Field(
        30, description="Silence that ends a session whose system does not say when it ended."
    )
    session_limit_days: Counted = Field(7, description="The longest a session is believed to last.")
    open_session_hours: Counted = Field(
        24, description="Hours without an end after which a session counts as still open."
    )
    session_overrun_hours: Counted = Field(12, description="A session longer than this is flagged.")
    lingering_after_hours: Whole = Field(
        4, description="Hours after a shift in which on-call rights must be handed back."
    )
    expired_after_hours: Whole = Field(
        4, description="Hours after its end in which an expired right must be gone."
    )
    expired_used_hours: Counted = Field(
        24, description="Hours after the end of a grant in which its use is put down to it."
    )
    orphan_after_hours: Whole = Field(
        24, description="Hours after a person's end in which their rights must be gone."
    )
    credential_hours: Counted = Field(
        12, description="The longest that a certificate or a temporary grant may last."
    )
    approval_rule_days: Counted = Field(
        7, description="Days after an edit for which an approval rule counts as its editor's own."
    )
    request_recorded_hours: Whole = Field(
        24, description="Hours by which a request may show up in an export after its grant."
    )
    directory_sync_hours: Whole = Field(
        24, description="Hours that an account unknown to the newest directory waits for the next."
    )
    dormant_days: Counted = Field(90, description="Days without use that make a right dormant.")
    dormant_privileged_days: Counted = Field(45, description="The same for privileged rights.")
    secret_reads: Counted = Field(20, description="Different secrets read that are too many …")
    secret_minutes: Counted = Field(10, description="… within this many minutes.")
    recording_hours: Counted = Field(
        24, description="Hours in which the recording of a session must have been uploaded."
    )
    log_late_hours: Counted = Field(
        24, description="Hours after the end of its day by which a record must be delivered."
    )
    digest_lag_hours: Counted = Field(
        2, description="Hours after a digest by which the files that it names must be there."
    )
    clock_skew_seconds: Counted = Field(
        300, description="Seconds by which two clocks may differ, or a record be after arrival."
    )
    clock_skew_pairs: Counted = Field(2, description="Paired records that show a wrong clock …")
    clock_pair_hours: Counted = Field(
        12, description="… each the only ones of their certificate and host in these hours."
    )
    known_resource_days: Counted = Field(
        90, description="Days for which a resource that a person used stays familiar."
    )
    login_burst_failures: Counted = Field(10, description="Failed log-ins that make a burst …")
    login_burst_minutes: Counted = Field(15, description="… within this many minutes.")
    success_after_failures: Counted = Field(5, description="Failures before a success …")
    success_after_minutes: Counted = Field(30, description="… within this many minutes.")
    known_source_days: Counted = Field(
        30, description="Days for which an address that a person used stays familiar."
    )
    spray_users: Counted = Field(
        10, description="Known users whose log-ins fail from one source in a spray …"
    )
    spray_tries: Counted = Field(5, description="… each at most this often …")
    spray_minutes: Counted = Field(60, description="… within this many minutes.")
    concurrent_seconds: Counted = Field(
        60, description="Seconds by which sessions from two networks overlap."
    )
    travel_kmh: Positive = Field(900, description="Speed above which nobody travels …")
    travel_km: Positive = Field(100, description="… over more than this distance.")
    shared_account_hours: Counted = Field(
        24, description="Hours within which two people use one account or key."
    )
    gateway_minutes: Whole = Field(
        5, description="Minutes between a session and that of its gateway."
    )
    known_country_days: Counted = Field(90, description="Days for which a country stays familiar.")
    known_device_days: Counted = Field(
        90, description="Days for which a key or device stays familiar."
    )
    known_network_days: Counted = Field(30, description="Days for which a network stays familiar.")
    break_glass_incident_minutes: Whole = Field(
        15, description="Minutes by which an incident may be opened after break-glass use."
    )
    schedule_gap_minutes: Counted = Field(
        15, description="Minutes without anybody on call that are a gap in a schedule."
    )
    retroactive_override_minutes: Whole = Field(
        15, description="Minutes by which a change of a schedule may be entered late."
    )
    oncall_provision_minutes: Whole = Field(
        15, description="Minutes after a shift's begin by which its rights must be there."
    )
    hour_min_sessions: Counted = Field(30, description="Sessions that a habit of hours needs.")
    hour_kappa: Positive = Field(8, description="How narrowly an hour speaks for those beside it.")
    hour_concentration: Annotated[float, Field(ge=0, le=1)] = Field(
        0.2, description="How close sessions must lie (0 to 1) for hours to be a habit."
    )
    hour_density_ratio: Annotated[float, Field(gt=0, le=1)] = Field(
        0.1, description="Part of an even day's density below which an hour is unusual."
    )
    hour_page_hours: Whole = Field(
        2, description="Hours around a page in which no hour is unusual."
    )
    volume_min_actions: Counted = Field(50, description="Actions below which volume is no signal.")
    volume_min_sessions: Counted = Field(30, description="Sessions that a baseline needs.")
    volume_z: Positive = Field(3.5, description="Robust z-score above which volume is unusual.")
    volume_ratio: Positive = Field(4, description="Multiple of the median that it must reach too.")
    peer_days: Counted = Field(30, description="Days of a team with which a day is compared.")
    peer_min_people: Annotated[int, Field(ge=3)] = Field(
        5, description="People at work in a team below which nobody is compared with it."
    )
    peer_distance: Positive = Field(
        4.5, description="Distance from colleagues below which a day is no signal …"
    )
    peer_top_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        1, description="… if it is among so many percent of the team's days before it too."
    )
    warm_up_days: Whole = Field(14, description="Days of history before baselines speak.")
    warm_up_active_days: Whole = Field(5, description="Active days of a person before they do.")
    snapshot_drop_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        20, description="A snapshot smaller by this much is taken for half read …"
    )
    snapshot_drop_rows: Counted = Field(
        5, description="… if it also lost at least so many rows: of three two may well be left."
    )
