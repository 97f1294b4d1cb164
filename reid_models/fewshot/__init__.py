"""The few-shot half of CAN: new classes from a few pictures each (Hou et al., NeurIPS 2019).

It is what the paper measures, on miniImageNet and tieredImageNet; nothing of it serves people.
Read a set (`classes`), draw episodes (`episodes`), train (`learning`), judge (`judging`).
"""
