"""Each row of a workbook is carried out once: that it was done is noted in the very transaction that does it.

A run that is killed between two rows begins the file anew; what it had done is then told, not done again. The note goes when
the workbook is answered. It is a keyed hash of the answers: a row that was changed meanwhile is another request.
"""

import json
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from register.intake.ingest import Desk
from register.removal.requests import ANSWER
from register.store.store import Store
from register.store.tables import decisions, done_requests, exports, runs
from register.texts import Texts

STEPS = ("hold", "object", "restrict", "lift restriction", "erase", "split", "undo decision", "approve the due list")
"""The steps in which a request is done; what comes before them can be done twice."""


def request_hash(number: int, place: int, said: Any, key: bytes) -> str:
    """Names one row of a workbook, or its rows about one request, as somebody has answered it."""
    content = json.dumps([number, place, said], ensure_ascii=False, sort_keys=True, default=str)
    return blake2b(content.encode(), key=key, digest_size=16).hexdigest()


def noting(desk: Desk, number: int, name: str) -> Desk:
    """The desk, whose transactions note that the request was done. name: its hash."""

    def note(store: Store, step: str) -> None:
        if step == ANSWER:  # the reply follows the proof, in a run of its own
            store.execute(sa.update(done_requests).where(done_requests.c.request_hash == name).values(run=store.run))
        if step.startswith(STEPS):
            store.execute(sa.insert(done_requests).values(
                export_no=number, request_hash=name, run=store.run, done_on=store.day))

    return replace(desk, home=desk.home.noting(note))


def told(store: Store, name: str, texts: Texts) -> str | None:
    """When a request was done before its file was answered, with its numbers and its letter; None where it was not."""
    done = store.connection.execute(sa.select(done_requests).where(done_requests.c.request_hash == name)).first()
    if done is None:
        return None
    began = sa.select(runs.c.started_at).where(runs.c.run == done.run).scalar_subquery()
    ended = sa.select(runs.c.ended_at).where(runs.c.run == done.run).scalar_subquery()
    letter = store.scalar(sa.select(exports.c.file).where(
        exports.c.what == "letter", exports.c.exported_at.between(began, ended)).order_by(exports.c.export_no.desc()).limit(1))
    decision = store.scalar(sa.select(sa.func.max(decisions.c.decision_id)).where(decisions.c.changed_in == done.run))
    said = [texts.say("ask.done_before", day=texts.day(done.done_on))]
    said += [texts.say("ask.done_before.letter", letter=letter)] if letter else []
    said += [texts.say("ask.done_before.decision", n=decision)] if decision else []
    return " ".join(said)


def forget(store: Store, number: int) -> None:
    """Lets go of the notes of a workbook that is answered."""
    store.execute(sa.delete(done_requests).where(done_requests.c.export_no == number))
