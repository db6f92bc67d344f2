"""What every refresh puts in order first: files that have had their time, and what a killed process left behind."""

from collections.abc import Callable
from datetime import date, timedelta

from register.corrections import bulk
from register.home import Home
from register.intake import answers, former
from register.intake.archive import Archive
from register.policy import Policy
from register.unfinished import clear_all_unfinished
from register.workbooks import outgoing


def keep(home: Home, policy: Policy, day: date, say: Callable[[str], None] | None) -> None:
    """Lets go of what nobody has answered in time, of archive files older than the policy's days on `day`, of files of the
    outbox whose end day has passed, of what corrections overruled or replaced longer than `undo_days` ago, and of archive files
    that nothing names (design, rules 6, 9 and 19).
    """
    for root in (home.inbox, home.archive, home.outbox):
        clear_all_unfinished(root)
    proposed_before = (day - timedelta(days=policy.periods.export_days)).isoformat()  # as long as their workbook lies there
    overruled_before = (day - timedelta(days=policy.periods.undo_days)).isoformat()
    archive, before = Archive(home.archive), (day - timedelta(days=policy.periods.archive_days)).isoformat()
    with home.database.reading() as store:
        is_outlived = archive.outlived(store, before) > 0
        has_expired = bulk.has_expired(store, proposed_before, overruled_before)
        is_replaced_over = former.has_expired(store, overruled_before)
        has_ended = outgoing.has_ended(store, day.isoformat())
        is_over = answers.is_anything_over(store, policy, day)
        is_loose = is_outlived or is_replaced_over or is_over or bool(archive.loose(store))
    if is_over:
        with home.database.writing("let go of quarantine that is over", day.isoformat(), say) as store:
            answers.expire(store, policy, day, archive)
    if is_outlived:
        with home.database.writing("let go of old archive files", day.isoformat(), say) as store:
            archive.expire(store, before)
    if has_ended:
        with home.database.writing("let go of old files in the outbox", day.isoformat(), say) as store:
            outgoing.expire(home, store, day.isoformat())
    if has_expired:
        with home.database.writing("let go of overruled values", day.isoformat(), say) as store:
            bulk.expire(store, proposed_before, overruled_before)
    if is_replaced_over:
        with home.database.writing("let go of replaced deliveries", day.isoformat(), say) as store:
            former.expire(store, overruled_before)
    if is_loose:  # in a transaction of its own: a file may be deleted only when no kept row names it
        with home.database.writing("put the archive in order", day.isoformat(), say) as store:
            archive.tidy(store)
