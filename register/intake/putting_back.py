"""Puts back what a re-delivery replaced: undo of a correction, day by day, through the same gate (design, rules 1 and 13)."""

from collections import Counter

from register.corrections import bulk
from register.corrections.bulk import Correction
from register.feeds import Feed
from register.intake import deliveries, former, ingest, quarantine
from register.intake.former import Former
from register.intake.ingest import Admitted, Desk, NotJudged
from register.sets import is_among
from register.store.store import Store


def of_days(desk: Desk, feed: Feed, days: list[str], today: str) -> set[str]:
    """Puts back the days of a feed of which a correction is being undone, each in a transaction of its own; which.

    Their new files wait on: they are no part of what was.
    """
    with desk.home.database.reading() as store:
        lifting = [one for one in bulk.of_days(store, feed.name, days) if one.kind == "delivery" and one.state == "lifting"]
    undone = {(day, one.number): one for one in lifting for day in days if day in one.remaining.get(feed.name, ())}
    for (day, _), one in sorted(undone.items()):
        _put_back(desk, feed, day, one, today)
    return {day for day, _ in undone}


def _put_back(desk: Desk, feed: Feed, day: str, one: Correction, today: str) -> None:
    """What could not be judged stays as it is, and is kept for the next try."""
    superseded: list[str] = []
    try:
        with desk.home.database.writing(f"put back {feed.name} {day}", today, desk.say) as store:
            if known := former.take_out(store, one.number, one.contents, feed.name, day):
                _within(store, desk, feed, day, known, today, superseded)
    except NotJudged:
        return
    desk.archive.discard(superseded)


def _within(
    store: Store, desk: Desk, feed: Feed, day: str, known: Former, today: str, superseded: list[str]
) -> None:
    former.restore(store, feed, day, known)
    admitted = ingest.admit_again(store, desk, feed, day, known.rows(desk.archive))
    _move(store, desk, feed, day, known, admitted)
    quarantine.forget_day(store, feed, day, admitted.delivered)
    ingest.replace_within(store, desk, feed, day, admitted, today, superseded)


def _move(store: Store, desk: Desk, feed: Feed, day: str, known: Former, admitted: Admitted) -> None:
    """Moves the rows that waited in the counts, where an answer has let them in since, or they may not be kept any more."""
    waited = is_among(admitted.rows.record_key, known.waiting(desk.archive))
    fate = admitted.admission.fate[waited]
    let_in, gone = int(fate.eq("accepted").sum()), int(fate.eq("withheld").sum())
    waits = admitted.admission.waiting
    codes = Counter(waits.loc[is_among(admitted.rows.record_key[waits["position"]], admitted.rows.record_key[waited])
                              .to_numpy(), "code"])
    before = Counter(known.recorded["codes"])
    deliveries.move(store, feed.name, day, {"accepted": let_in, "withheld": gone, "quarantined": -let_in - gone},
                    {code: codes[code] - before[code] for code in {*codes, *before}})
