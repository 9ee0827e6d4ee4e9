"""One-shot assessment, shared by the command line, the REST API and the evaluation."""

from assistant.assessing.assessment import Assessment, assess
from assistant.assessing.requests import VITALS, Request, read_request
from assistant.assessing.rows import Writer, assess_lines

__all__ = ["VITALS", "Assessment", "Request", "Writer", "assess", "assess_lines", "read_request"]
