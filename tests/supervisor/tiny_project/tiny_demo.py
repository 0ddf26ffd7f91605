"""The smallest demo city: one account."""

import json
import os
from pathlib import Path

accounts = [{"name": "office1", "password": "pw", "display_name": "评价办", "roles": ["office"]}]
path = Path(os.environ["VAR_DIR"], "demo-accounts.json")
path.write_text(json.dumps(accounts), encoding="utf-8")
