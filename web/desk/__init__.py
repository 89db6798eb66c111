"""The agents' side: queue, cases, live chat."""
