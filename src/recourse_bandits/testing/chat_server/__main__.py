"""A chat server to try a study on without a key: python -m recourse_bandits.testing.chat_server."""

import sys
import time
from contextlib import suppress

from recourse_bandits.testing.chat_server.obliging import Obliging
from recourse_bandits.testing.chat_server.server import ChatServer


def main() -> None:
    """Serve until interrupted."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with suppress(KeyboardInterrupt), ChatServer(default=Obliging(), port=port) as server:
        told = (
            "No language model: a stand-in that knows nothing, for trying a study out.\n\n"
            '[adviser]\nname = "LanguageModel"\nmodel = "openai:any"\n'
            f'endpoint = "{server.url}"\n\n'
            "Ctrl-C ends it."
        )
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
