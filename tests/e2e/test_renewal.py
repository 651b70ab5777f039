"""A file of settings that changes while workers serve."""

import signal
from pathlib import Path

from tests.e2e.fleet import fleet


def test_SIGHUP_takes_the_file_anew_unless_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('headers = ["X-Settings: old"]')

    def served() -> str | None:
        with server.connect() as client:
            return client.request().field("x-settings")

    with fleet("--workers", "2", "--config", str(file)) as server:
        server.wait_for_ready(2)
        assert served() == "old"
        file.write_text('header = ["X-Settings: wrong"]\nprot = 1')
        server.process.send(signal.SIGHUP)
        server.process.wait_for("Nothing is replaced: .*there is no option 'prot'; did you mean")
        assert served() == "old"
        file.write_text('headers = ["X-Settings: new"]')
        server.process.send(signal.SIGHUP)
        server.wait_for_ready(4)
        server.wait_for_times(2, "Ended: ")
        assert served() == "new"
        server.process.end()
