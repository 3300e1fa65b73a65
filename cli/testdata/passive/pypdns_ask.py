"""Asks a passive DNS server with the PyPDNS client.

Arguments: the URL, an Authorization header or "". Standard input: a JSON list of [method, question, keyword arguments].
Prints, as JSON, what came back for each: a list of records, or the name of the exception's class.
"""
import json
import sys

from pypdns import PDNSError, PyPDNS


def plain(record):
    if isinstance(record, dict):  # of query(): the answer with times as datetime objects
        return [record["rrname"], record["rrtype"], record["rdata"], record["time_first"].isoformat(),
                record["time_last"].isoformat(), record["count"], record.get("sensor_id")]
    return [record.rrname, record.rrtype, record.rdata, record.time_first, record.time_last, record.count,
            record.sensor_id]


def ask(client, method, question, arguments):
    try:
        return [plain(r) for r in getattr(client, method)(question, **arguments)]
    except (PDNSError, LookupError, TypeError, ValueError) as error:
        return type(error).__name__


url, authorization = sys.argv[1:]
client = PyPDNS(url, auth_token=authorization or None)
json.dump([ask(client, *q) for q in json.load(sys.stdin)], sys.stdout)
