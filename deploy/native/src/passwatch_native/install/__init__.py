"""Installing what a run needs beside Python's packages; each part is skipped while it is current."""
