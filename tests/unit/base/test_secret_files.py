from claw.base.config import Config
from claw.base.secret_files import secret_files


def test_every_part_is_looked_into_and_the_backups_own_key_is_left_out() -> None:
    config = Config.model_validate(
        {
            "house": {"url": "http://house.test", "token_file": "/k/house"},
            "model": {"name": "m", "base_url": "http://m.test", "key_file": "/k/model"},
            "memory": {"embeddings": {"name": "e", "key_file": "/k/embeddings"}},
            "voice": {
                "transcriber": {"engine": "openai", "base_url": "http://v.test", "model": "w", "key_file": "/k/voice"}
            },
            "channels": {
                "notifiers": [{"kind": "ntfy", "url": "http://n.test", "topic": "t", "token_file": "/k/ntfy"}],
                "mcp": {"servers": {"notes": {"url": "http://t.test", "token_file": "/k/notes"}}},
            },
            "listen": {"tls": {"certificate": "/k/cert", "key": "/k/key"}},
            "backup": {"folder": "/b", "key_file": "/k/backup"},
        }
    )
    assert {str(path) for path in secret_files(config)} == {
        *("/k/house", "/k/model", "/k/embeddings", "/k/voice", "/k/ntfy", "/k/notes", "/k/cert", "/k/key")
    }
