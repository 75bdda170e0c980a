"""Signs requests with botocore: a JSON list of them on standard input, what was signed on standard output."""

import json
import sys

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def sign(order):
    credentials = Credentials(order["accessKeyId"], order["secret"], order.get("sessionToken"))
    request = AWSRequest(order["method"], order["url"], headers=order["headers"], data=order["body"])
    signer = SigV4Auth if order["form"] == "header" else SigV4QueryAuth
    signer(credentials, "lightsail", "us-east-1").add_auth(request)
    return {"url": request.url, "headers": dict(request.headers.items())}


print(json.dumps([sign(order) for order in json.load(sys.stdin)]))
