"""What a reader opens in a browser."""

from recourse_bandits.experiments.report.pages import Drawn, index_page, report_page, versions

__all__ = ["Drawn", "index_page", "report_page", "versions"]
