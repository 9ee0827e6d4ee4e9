"""Other people's image models behind our protocol: chosen by an operator, imported only then.

None ships. What each may say is a closed list of our labels, its weights are safetensors, none of
its code is run, and until somebody has measured it here, nothing that it says weighs anything.
"""
