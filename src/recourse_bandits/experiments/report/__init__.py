"""What a reader opens in a browser."""

from recourse_bandits.experiments.report.pages import index_page, report_page, versions

__all__ = ["index_page", "report_page", "versions"]
