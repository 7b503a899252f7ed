"""The simulated carrier: Twilio's 2010-04-01 API and SMTP, with voters who answer.

It is a process of its own that knows nothing of the campaign; it imports the domain and no more.
"""
