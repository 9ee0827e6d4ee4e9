"""The web page: a Gradio chat, mounted in the portal's FastAPI app.

Gradio reads these switches while it is imported, so they are set before anything here imports it:
no usage statistics, and no look at a hub. (Gradio would also sum up the times of its events after
each of them, with pandas, for a monitoring page that is switched off here.)
"""

import os

for _switch, _value in (
    ("GRADIO_ANALYTICS_ENABLED", "False"),
    ("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000"),
    ("HF_HUB_OFFLINE", "1"),
    ("HF_HUB_DISABLE_TELEMETRY", "1"),
):
    os.environ.setdefault(_switch, _value)
