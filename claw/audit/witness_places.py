"""Where the witnesses of a log are, for somebody who has the log and perhaps the configuration, but no daemon.

The log names them in its checkpoints, the configuration may, and the default place is looked at whatever both say:
whoever writes a log anew would not name the witness that knows better.
"""

from pathlib import Path

from claw.audit.note import home_of
from claw.audit.prove import told_witnesses
from claw.audit.verify import Verification
from claw.audit.witness import Witness
from claw.audit.witness_file import FileWitness, file_named, witness_file
from claw.audit.witness_journal import JournalWitness
from claw.base.config import AuditConfig


def readable_witnesses(found: Verification, state: Path, config: AuditConfig | None) -> list[Witness]:
    """Return the witnesses that can be read without a daemon: the default and configured ones, and those it names."""
    uid = state.stat().st_uid
    home = home_of(state)
    places = {witness_file(place, found.id, state).path for place in (None, config.witness_file if config else None)}
    places |= {path for name in told_witnesses(found.proofs) if (path := file_named(name)) is not None}
    read: list[Witness] = [FileWitness(path, home, uid) for path in sorted(places)]
    journal = JournalWitness(found.id, home, uid)
    if journal.there:
        read.append(journal)
    return read
