"""Every table of the register. Days are ISO text, instants UTC ISO text, `record_key` is unique over all feeds.

What a table is for stands beside it; who writes it, in `docs/architecture.md`. Personal data lies only in the tables that
`register/removal/copies.py` lists.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

from register.columns import ADDRESS, COMPANY_FIELDS, CONTACT_FIELDS, NORMALISED

metadata = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
})

KINDS = {"str": Text, "bool": Boolean}


def _day(name: str, *, nullable: bool = True, index: bool = False) -> Column[str]:
    return Column(name, String(10), nullable=nullable, index=index)


def _fields(names: tuple[str, ...]) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


deliveries = Table(  # what one feed gave for one day, in numbers
    "deliveries", metadata,
    Column("feed", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("state", String(12), nullable=False),  # read, absent, set aside, given up
    Column("code", String(40)),                   # why it was set aside
    Column("is_held", Boolean, nullable=False, default=False),  # rows of it are in the register
    Column("read", Integer, nullable=False, default=0),
    Column("accepted", Integer, nullable=False, default=0),
    Column("quarantined", Integer, nullable=False, default=0),
    Column("withheld", Integer, nullable=False, default=0),
    Column("values_waiting", Integer, nullable=False, default=0),
    Column("reasons", Text, nullable=False, default="{}"),    # JSON: code -> rows or values
    Column("structure", Text, nullable=False, default="{}"),  # JSON: columns kept, dropped, unreadable files
    Column("suite", Text, nullable=False, default="[]"),      # JSON: expectation, column, rows, share
    Column("archive_file", Text),
    Column("run", Integer),
    Column("read_at", String(32)),
    _day("set_aside_on"),
)

files = Table(  # files of the inbox that were met, by content; names stay in the inbox, they can hold people's names
    "files", metadata,
    Column("feed", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("content_hash", String(64), primary_key=True),
    Column("file_no", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # read, set aside, given up
    Column("code", String(40)),
)

lying = Table(  # files that lie in the inbox, by a keyed hash of place, size and time, and since when
    "lying", metadata,
    Column("file_hash", String(32), primary_key=True),
    _day("since_on", nullable=False),
)

observations = Table(  # what one feed now says of one person or company
    "observations", metadata,
    Column("record_key", String(32), primary_key=True),
    Column("feed", String(40), nullable=False, index=True),
    *[Column(name, KINDS[kind], index=name == "company_key") for name, kind in NORMALISED.items()],
    Column("is_dated", Boolean, nullable=False, default=False),  # the row itself said its day
    _day("first_seen_on", nullable=False),
    _day("last_seen_on", nullable=False),
    _day("deleted_on"),  # the newest day on which its source said it was deleted
    Column("withdrawn", Boolean, nullable=False, default=False),
    Column("email_domain", Text, index=True),
    Column("names_person", Boolean, nullable=False),  # gives a contact; without, only a company
    Column("content_hash", String(32), nullable=False),
    Column("organisation_id", String(36), index=True),
    Column("changed_in", Integer, nullable=False, index=True),  # number of the run that changed it
)

Index("ix_observations_bounced", observations.c.event_on, sqlite_where=text("event_status = 'hard'"),
      postgresql_where=text("event_status = 'hard'"))
Index("ix_observations_withdrawn", observations.c.withdrawn, sqlite_where=text("withdrawn = 1"),  # as SQLAlchemy asks it
      postgresql_where=observations.c.withdrawn)

engagements = Table(  # a dated fact of the relationship
    "engagements", metadata,
    Column("record_key", String(32), primary_key=True),
    Column("feed", String(40), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("business_id", Text), Column("company", Text), Column("company_key", Text, index=True),
    Column("email_domain", Text, index=True),
    Column("case_number", Text),
    _day("event_on", nullable=False),
    Column("is_dated", Boolean, nullable=False),
    Column("event_status", String(10)),
    Column("invoice_number", Text), Column("invoice_type", String(20)),
    Column("is_counted", Boolean, nullable=False),  # an issued sales invoice, for `after_invoicing`
    Column("party", String(10), nullable=False),    # customer, partner
    Column("content_hash", String(32), nullable=False),
    _day("first_seen_on", nullable=False),
    _day("last_seen_on", nullable=False),
    Column("organisation_id", String(36), index=True),
    Column("changed_in", Integer, nullable=False, index=True),
)

quarantine = Table(  # rows or values that wait for the steward
    "quarantine", metadata,
    Column("feed", String(40), primary_key=True),
    Column("record_key", String(32), primary_key=True),
    Column("column", String(40), primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("value_hash", String(32), primary_key=True),
    Column("scope", String(5), nullable=False),
    Column("content", Text, nullable=False),  # JSON: the stripped row, or the one value
    Column("file_no", Integer), Column("row_no", Integer),
    _day("first_seen_on", nullable=False),
    _day("last_seen_on", nullable=False),
    Column("asked_on", String(10), nullable=False, server_default=""),  # since when the steward can answer
    Column("business_id", Text), Column("company_key", Text), Column("case_number", Text),  # whom it could prolong
    Column("email", Text), Column("phone", Text),
    Index("ix_quarantine_record_key", "record_key"),
)

answers = Table(  # what became of entries of quarantine by somebody's word, or with time; known again by their hash
    "answers", metadata,
    Column("feed", String(40), primary_key=True),
    Column("record_key", String(32), primary_key=True),
    Column("column", String(40), primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("value_hash", String(32), primary_key=True),
    Column("scope", String(5), nullable=False),
    Column("outcome", String(10), nullable=False),  # correct, accept, discard, expired
    Column("value", Text),                          # of a correction
    Column("decision_id", Integer, index=True),     # missing where nobody answered in time
    Column("changed_in", Integer, nullable=False, index=True),
    Index("ix_answers_record_key", "record_key"),
)

withheld = Table(  # rows that may not be kept, without a value
    "withheld", metadata,
    Column("feed", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("file_no", Integer, primary_key=True),
    Column("row_no", Integer, primary_key=True),
    Column("code", String(40), nullable=False),
)

organisations = Table(
    "organisations", metadata,
    Column("organisation_id", String(36), primary_key=True),
    Column("organisation_key", Text, nullable=False, unique=True),  # what makes it the same one: business id, else name
    *_fields((*COMPANY_FIELDS, *ADDRESS)),
    Column("company_key", Text, index=True),
    Column("is_sole_trader", Boolean, nullable=False, default=False),
    _day("ceased_on", index=True),
    Column("registry_state", String(20)),  # active, ceased, unknown
    Column("marketing_ban", Boolean, nullable=False, default=False),
    Column("provenance", Text, nullable=False),  # which field is whose word: contacts/provenance.py
    Column("touched_in", Integer, nullable=False, index=True, default=0),  # run in which a row left it or its name changed
)

contacts = Table(
    "contacts", metadata,
    Column("contact_id", String(36), primary_key=True),
    Column("person_id", String(36), nullable=False, index=True),
    Column("organisation_id", String(36), ForeignKey("organisations.organisation_id"), index=True),
    *_fields(CONTACT_FIELDS),
    Column("email_is_role", Boolean, nullable=False, default=False),
    Column("phone_type", String(10)),
    Column("marketing_ban", Boolean, nullable=False, default=False),
    Column("marketing_consent", Boolean, nullable=False, default=False),
    Column("restricted", Boolean, nullable=False, default=False),
    _day("first_seen_on", nullable=False),
    _day("last_seen_on", nullable=False),
    Column("provenance", Text, nullable=False),  # which field is whose word: contacts/provenance.py
    Column("touched_in", Integer, nullable=False, index=True),  # number of the run that last computed it
)

memberships = Table(  # the identity ledger: which record is whose
    "memberships", metadata,
    Column("record_key", String(32), primary_key=True),
    Column("contact_id", String(36), nullable=False, index=True),
    Column("first_contact_id", String(36), nullable=False),  # what a split gives back
    Column("weight", Float, nullable=False),
    Column("rule", String(40), nullable=False),
    Column("decided_by", Text, nullable=False),  # "keys v1", or who
    Column("is_gone", Boolean, nullable=False, default=False),  # its observation went: the contact is computed anew
)
Index("ix_memberships_is_gone", memberships.c.is_gone, sqlite_where=text("is_gone = 1"),  # as SQLAlchemy asks it
      postgresql_where=memberships.c.is_gone)

redirects = Table(
    "redirects", metadata,
    Column("old_id", String(36), primary_key=True),
    Column("new_id", String(36), nullable=False, index=True),
    Column("kind", String(12), nullable=False),  # contact, person, organisation
    _day("redirected_on", nullable=False),
)

match_keys = Table(  # keyed 64-bit hashes: candidates come from this index
    "match_keys", metadata,
    Column("match_key", BigInteger, nullable=False),  # its lowest bits tell the rule
    Column("record_key", String(32), ForeignKey("observations.record_key", ondelete="CASCADE"), nullable=False),
    Index("ix_match_keys_match_key", "match_key"), Index("ix_match_keys_record_key", "record_key"),
)

decisions = Table(  # who decided what, when; undone by a date, not by deleting
    "decisions", metadata,
    Column("decision_id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),  # accept, give up, approve, same, different, ...
    Column("feed", String(40)), _day("day"),
    Column("content", Text, nullable=False, default="{}"),
    Column("decided_by", Text, nullable=False), Column("os_user", Text, nullable=False),
    Column("decided_at", String(32), nullable=False), Column("lifted_at", String(32)),
    Column("changed_in", Integer, nullable=False, default=0, index=True),  # number of the run that took or lifted it
)

doubts = Table(  # two contacts that may be one, or of one who may have changed firms: for the steward
    "doubts", metadata,
    Column("left_key", String(32), ForeignKey("observations.record_key", ondelete="CASCADE"), primary_key=True),
    Column("right_key", String(32), ForeignKey("observations.record_key", ondelete="CASCADE"), primary_key=True, index=True),
    Column("is_elsewhere", Boolean, nullable=False),  # of two organisations: the same person or not
    Column("probability", Float, nullable=False),
    Column("model", Text, nullable=False),
    _day("since_on", nullable=False),
)

corrections = Table(  # a corrected value of a record; one that waits for approval has no `decided_at` yet
    "corrections", metadata,
    Column("correction_id", Integer, primary_key=True),
    Column("correction_no", Integer, nullable=False, server_default="0", index=True),  # the decision it belongs to
    Column("line", Integer, nullable=False, server_default="0"),                       # its number in the steward's workbook
    Column("record_key", String(32), nullable=False, index=True),
    Column("column", String(40), nullable=False), Column("value", Text),  # no value: removed
    Column("overruled", Text),             # what its source said instead, for `undo_days`
    Column("overruled_hash", String(32)),  # keyed, for as long as the correction: enough to know the value again
    _day("still_sent_on"),                 # the newest day on which its source said so again
    Column("decided_by", Text), Column("decided_at", String(32)),
    Column("lifted_at", String(32)),
    Column("changed_in", Integer, nullable=False, server_default="0", index=True),  # run that approved or lifted it
)

bulk_corrections = Table(  # what is corrected together: a decision with its days, from proposal to end; no value of a person
    "bulk_corrections", metadata,
    Column("correction_no", Integer, primary_key=True),  # the number of its decision
    Column("kind", String(10), nullable=False),   # values, delivery
    Column("state", String(10), nullable=False),  # proposed, approved, done, refused; lifting, lifted
    Column("scope", Text, nullable=False),        # JSON: feed -> the days that are read again
    Column("remaining", Text, nullable=False),    # JSON: those of them that are not read yet
    Column("contents", Text, nullable=False),     # JSON: hashes of the files it came in
    Column("figures", Text, nullable=False),      # JSON: counts
    _day("proposed_on", nullable=False),
    Column("changed_in", Integer, nullable=False),  # run that moved it to its state
)

former_deliveries = Table(  # what a day was before a correction replaced it, for `undo_days`
    "former_deliveries", metadata,
    Column("correction_no", Integer, primary_key=True),
    Column("feed", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("archive_file", Text),                # what was let in
    Column("waiting_file", Text),                # rows that waited whole in quarantine
    Column("recorded", Text, nullable=False),    # JSON: the day's rows of deliveries, files, withheld; suppressions it ended
    Column("replaced_in", Integer, nullable=False),  # run that replaced it
    _day("replaced_on", nullable=False),
)

holds = Table(
    "holds", metadata,
    Column("hold_id", Integer, primary_key=True),
    Column("record_key", String(32), nullable=False, index=True),
    Column("reason", Text, nullable=False), Column("owner", Text, nullable=False),
    _day("review_on", nullable=False), Column("held_at", String(32), nullable=False), Column("lifted_at", String(32)),
    Column("decision_id", Integer, index=True),  # the decision that put it, on all records of the contact
)

objections = Table(
    "objections", metadata,
    Column("objection_id", Integer, primary_key=True),
    Column("record_key", String(32), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # marketing; until they are lifted: situation, restriction
    Column("objected_on", String(10), nullable=False), Column("lifted_at", String(32)),
    Column("request_no", Integer, index=True),   # of what restricts
)

suppressions = Table(  # what was removed, checked at the gate
    "suppressions", metadata,
    Column("record_key", String(32), primary_key=True),
    Column("feed", String(40), nullable=False, index=True),
    Column("removal_id", String(36), nullable=False),
    _day("suppressed_on", nullable=False),
    _day("ended_on"),  # since when its source gives it no more; days until then keep it out
)

suppressed_people = Table(  # who was erased, by keyed hashes of what tells who they are; a year's end with its key
    "suppressed_people", metadata,
    Column("person_hash", String(64), primary_key=True),
    Column("basis", String(20), nullable=False),  # email, mobile_surname, name_firm, mobile
    Column("key_year", Integer, nullable=False, index=True),
    Column("removal_id", String(36), nullable=False),
    _day("suppressed_on", nullable=False),
)

banned_people = Table(  # who objected to marketing, whatever became of their rows, under a key that never ends
    "banned_people", metadata,
    Column("person_hash", String(64), primary_key=True),
    Column("basis", String(20), nullable=False),
    _day("objected_on", nullable=False),
)

requests = Table(  # what people asked of the register, when it was due and what was decided; names nobody
    "requests", metadata,
    Column("request_no", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),  # erase, object, restrict
    _day("received_on", nullable=False),
    Column("identified_by", Text, nullable=False),
    _day("due_strict", nullable=False), _day("due_legal", nullable=False),
    Column("decision", String(12), nullable=False),  # all, restrict; marketing, situation
    Column("ground", String(40), nullable=False),
    _day("answered_on"),  # missing while something of an erased person is left: no reply says that all is gone
    Column("removals", Text, nullable=False),  # JSON: the tombstones
    Column("decided_by", Text, nullable=False), Column("os_user", Text, nullable=False),
    _day("settled_on"),  # when what restricted somebody was lifted, and by whom
    Column("settled_by", Text), Column("settled_os_user", Text),
)

done_requests = Table(  # rows of a workbook of requests that were done before it was answered; keyed hashes
    "done_requests", metadata,
    Column("request_hash", String(32), primary_key=True),
    Column("export_no", Integer, nullable=False),  # of the workbook
    Column("run", Integer, nullable=False),        # that did it
    _day("done_on", nullable=False),
)

verdicts = Table(
    "verdicts", metadata,
    Column("contact_id", String(36), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column("outcome", String(8), nullable=False, index=True),  # keep, remove, hold, report
    _day("last_day", index=True),
    Column("rule", String(40), nullable=False, index=True),
    _day("stands_until", index=True),  # after it the passing of time makes another one of it
    Column("facts", Text, nullable=False),  # JSON: what the sentence names
    Column("policy_no", Integer, nullable=False),
    _day("judged_on", nullable=False),
    _day("reported_since_on"),
)

faults = Table(  # what of a contact is outdated or erroneous, and goes before the contact does
    "faults", metadata,
    Column("contact_id", String(36), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column("depth", String(12), primary_key=True),  # value, observation
    Column("part", String(32), primary_key=True),   # the observation, the bounce that named the address, or "details"
    Column("rule", String(40), nullable=False),
    _day("last_day"),                               # missing where the policy does not say: reported
    Column("facts", Text, nullable=False),          # JSON: what the sentence names
    _day("reported_since_on"),
)

due = Table(  # what will be removed and when
    "due", metadata,
    Column("contact_id", String(36), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column("depth", String(12), primary_key=True, server_default="contact"),  # contact, observation, value
    Column("part", String(32), primary_key=True, server_default="all"),       # as in `faults`; of a contact all
    Column("rule", String(40), nullable=False),
    _day("last_day", nullable=False),
    _day("published_on", nullable=False),
    Column("approved_by", Text),
)

removed_values = Table(  # columns of a record that are taken in no more: no personal value, keyed hashes only
    "removed_values", metadata,
    Column("record_key", String(32), primary_key=True),
    Column("column", String(40), primary_key=True),
    Column("value_hash", String(32), primary_key=True),  # the value that went; "any" where none is taken
    Column("feed", String(40), nullable=False, index=True),
    Column("removal_id", String(36), nullable=False),
)

removals = Table(  # tombstones: no personal data, no free text
    "removals", metadata,
    Column("removal_id", String(36), primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("policy_no", Integer, nullable=False),
    _day("removed_on", nullable=False),
    Column("records", Integer, nullable=False),
)

exports = Table(
    "exports", metadata,
    Column("export_no", Integer, primary_key=True),
    Column("what", String(20), nullable=False), Column("file", Text, nullable=False),
    Column("columns", Text, nullable=False), Column("rows", Integer, nullable=False),
    Column("purpose", Text, nullable=False), Column("recipient", Text), Column("exported_by", Text, nullable=False),
    Column("exported_at", String(32), nullable=False), _day("ends_on", nullable=False),
    Column("asked", Text, nullable=False, default="[]"),  # JSON: the records of each row; of a list, all
    _day("taken_on"),    # when it came back
    _day("deleted_on"),  # when its file went
)

policies = Table(
    "policies", metadata,
    Column("policy_no", Integer, primary_key=True),
    Column("digest", String(16), nullable=False, index=True),  # a policy that comes back has two rows
    _day("used_since_on", nullable=False),
    Column("used_first_by", Text),  # who ran with it first
    Column("content", Text, nullable=False),
)

runs = Table(  # one row a writing step: its number orders changes
    "runs", metadata,
    Column("run", Integer, primary_key=True),
    Column("step", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("host", Text, nullable=False), Column("pid", Integer, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("ended_at", String(32)), Column("state", String(10), nullable=False),  # running, done, failed, undone
    Column("counts", Text, nullable=False, default="{}"),
    Column("ledger_head", String(64)),  # hash of the ledger's last line, where the step wrote one
)
