"""What a reader opens in a browser."""

from recourse_bandits.experiments.report.pages import has_papers, index_page, report_page, versions

__all__ = ["has_papers", "index_page", "report_page", "versions"]
