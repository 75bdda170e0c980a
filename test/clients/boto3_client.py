"""Calls a Lightsail API by boto3: `boto3_client.py <scenario> [argument ...]`.

Endpoint and credentials come from the environment. Asserts what a program in Python relies on, and prints as JSON what
the test that runs it looks at.
"""

import json
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

KIND = {"availabilityZone": "us-east-1a", "blueprintId": "ubuntu_22_04", "bundleId": "nano_3_0"}


def connect(mode="standard", attempts=3, connections=10):
    retries = {"mode": mode, "total_max_attempts": attempts}
    return boto3.client("lightsail", config=Config(retries=retries, max_pool_connections=connections))


def refusal(call, *args, **kwargs):
    """The exception that a call must end with."""
    try:
        call(*args, **kwargs)
    except (ClientError, ParamValidationError) as error:
        return error
    raise AssertionError("nothing was refused")


def paginators():
    """The server has pages of two items."""
    client = connect()
    names = [f"page-{number}" for number in range(5)]
    client.create_instances(instanceNames=names, **KIND)
    for name in ("first", "second"):
        client.create_key_pair(keyPairName=name)

    instances = client.get_paginator("get_instances")
    pages = [[item["name"] for item in page["instances"]] for page in instances.paginate()]
    assert pages == [names[0:2], names[2:4], names[4:5]], pages
    assert list(instances.paginate().search("instances[].name")) == names

    part = instances.paginate(PaginationConfig={"MaxItems": 3}).build_full_result()
    assert [item["name"] for item in part["instances"]] == names[:3]
    rest = instances.paginate(PaginationConfig={"StartingToken": part["NextToken"]}).build_full_result()
    assert [item["name"] for item in rest["instances"]] == names[3:]

    counts = {}
    for name, member, identity in (
        ("get_operations", "operations", "id"),
        ("get_key_pairs", "keyPairs", "name"),
        ("get_bundles", "bundles", "bundleId"),
        ("get_blueprints", "blueprints", "blueprintId"),
    ):
        found = [item[identity] for item in client.get_paginator(name).paginate().build_full_result()[member]]
        assert len(found) == len(set(found)), found
        counts[member] = len(found)
    active = client.get_paginator("get_active_names").paginate().build_full_result()["activeNames"]
    assert set(names) <= set(active), active
    return counts


def exceptions():
    client = connect()
    missing = refusal(client.get_instance, instanceName="missing")
    assert isinstance(missing, client.exceptions.NotFoundException), repr(missing)
    assert missing.response["Error"] == {"Code": "NotFoundException", "Message": "The Instance does not exist"}
    assert missing.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    short = refusal(client.create_instances, instanceNames=["x"], **KIND)
    assert isinstance(short, client.exceptions.InvalidInputException), repr(short)
    token = refusal(client.get_instances, pageToken="nonsense")
    assert isinstance(token, client.exceptions.InvalidInputException), repr(token)
    assert isinstance(refusal(client.get_instance), ParamValidationError)
    request_id = missing.response["ResponseMetadata"]["RequestId"]
    assert len(request_id) == 36
    return {"message": str(missing)}


def times():
    client = connect()
    before = datetime.now(timezone.utc)
    operation = client.create_instances(instanceNames=["timed"], **KIND)["operations"][0]
    created = client.get_instance(instanceName="timed")["instance"]["createdAt"]
    for moment in (operation["createdAt"], operation["statusChangedAt"], created):
        assert isinstance(moment, datetime) and moment.tzinfo is not None, moment
        assert abs(moment - before) < timedelta(hours=1), moment
    expires = client.get_instance_access_details(instanceName="timed")["accessDetails"]["expiresAt"]
    assert isinstance(expires, datetime) and expires > before, expires
    return {}


def presigned():
    """For a JSON service the address carries the signature, and the headers that were signed still have to be sent."""
    address = connect().generate_presigned_url("get_regions", HttpMethod="POST")
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Lightsail_20161128.GetRegions"}

    def send(url):
        request = urllib.request.Request(url, data=b"", headers=headers, method="POST")
        try:
            return json.load(urllib.request.urlopen(request))
        except urllib.error.HTTPError as error:
            return json.load(error)

    return {
        "regions": [region["name"] for region in send(address)["regions"]],
        "forged": send(address[:-1] + ("0" if address[-1] != "0" else "1"))["__type"],
    }


def presigned_calls():
    """Whatever an input is made of, an address that was presigned carries it: lists, structures, booleans and times."""
    client = connect()

    def call(operation, method="GET", **params):
        url = client.generate_presigned_url(operation, Params=params, HttpMethod=method)
        target = "Lightsail_20161128." + client.meta.method_to_api_mapping[operation]
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        data = b"" if method == "POST" else None
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            return json.load(urllib.request.urlopen(request))
        except urllib.error.HTTPError as error:
            return json.load(error)

    tags = [{"key": "team", "value": "a: b/c = d+e"}, {"key": "bare"}]
    call("create_instances", instanceNames=["signed-1", "signed-2"], tags=tags, **KIND)
    call("create_instances", "POST", instanceNames=["signed-3"], userData="#!/bin/sh\necho 'ñ' + 1", **KIND)
    ports = {"fromPort": 8080, "toPort": 8081, "protocol": "tcp", "cidrs": ["10.0.0.0/8", "192.0.2.1/32"]}
    for method in ("GET", "POST"):
        call("open_instance_public_ports", method, instanceName="signed-1", portInfo=ports)
    states = call("get_instance_port_states", instanceName="signed-1")["portStates"]
    found = [state for state in states if state["fromPort"] == 8080]
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
    data = call(
        "get_instance_metric_data",
        instanceName="signed-1",
        metricName="NetworkIn",
        period=300,
        startTime=moment,
        endTime=moment + timedelta(hours=1),
        unit="Bytes",
        statistics=["Sum", "Average"],
    )
    call("stop_instance", instanceName="signed-2", force=False)
    return {
        "names": [instance["name"] for instance in call("get_instances")["instances"]],
        "tags": call("get_instance", instanceName="signed-1")["instance"]["tags"],
        "cidrs": [sorted(state["cidrs"]) for state in found],
        "inactive": len(call("get_bundles", includeInactive=True).get("bundles", [])) > 0,
        "metric": data["metricName"],
        "refused": call("get_instance", instanceName="nowhere")["__type"],
    }


def threads():
    """Twenty at once make an instance each, then twenty at once want the same name, all through one client."""
    client = connect(connections=20)
    together = threading.Barrier(20)

    def make(name):
        together.wait()
        try:
            client.create_instances(instanceNames=[name], **KIND)
            return client.get_instance(instanceName=name)["instance"]["name"]
        except client.exceptions.InvalidInputException as error:
            return error.response["Error"]["Message"]

    with ThreadPoolExecutor(20) as pool:
        own = [f"own-{number}" for number in range(20)]
        assert list(pool.map(make, own)) == own
        return {"shared": sorted(pool.map(make, ["shared"] * 20))}


def retries(mode, attempts):
    client = connect(mode, int(attempts))
    try:
        regions = client.get_regions()
    except ClientError as error:
        return {"error": error.response["Error"], "retries": error.response["ResponseMetadata"]["RetryAttempts"]}
    return {"regions": len(regions["regions"]), "retries": regions["ResponseMetadata"]["RetryAttempts"]}


def clock(name):
    """How many whole hours the server's time, as an instance shows it, is ahead of this machine's."""
    client = connect()
    client.create_instances(instanceNames=[name], **KIND)
    created = client.get_instance(instanceName=name)["instance"]["createdAt"]
    return {"hours": round((created - datetime.now(timezone.utc)) / timedelta(hours=1))}


def families():
    """Disks, snapshots, addresses, load balancers and alarms, with the client's own types."""
    client = connect()
    zone = {"availabilityZone": "us-east-1a"}

    def settle(answer):
        for operation in answer.get("operations") or [answer["operation"]]:
            while not operation["isTerminal"]:
                operation = client.get_operation(operationId=operation["id"])["operation"]
            assert operation["status"] == "Succeeded", operation

    settle(client.create_instances(instanceNames=["family"], **KIND))
    settle(client.create_disk(diskName="family-data", sizeInGb=8, **zone))
    settle(client.attach_disk(diskName="family-data", instanceName="family", diskPath="/dev/xvdf", autoMounting=True))
    settle(client.allocate_static_ip(staticIpName="family-ip"))
    settle(client.attach_static_ip(staticIpName="family-ip", instanceName="family"))
    instance = client.get_instance(instanceName="family")["instance"]
    address = client.get_static_ip(staticIpName="family-ip")["staticIp"]["ipAddress"]
    assert instance["publicIpAddress"] == address and instance["isStaticIp"] is True, instance

    settle(client.create_instance_snapshot(instanceSnapshotName="family-snapshot", instanceName="family"))
    snapshot = client.get_instance_snapshot(instanceSnapshotName="family-snapshot")["instanceSnapshot"]
    assert snapshot["fromAttachedDisks"][0]["name"] == "family-data", snapshot
    assert isinstance(snapshot["createdAt"], datetime), snapshot

    settle(client.create_load_balancer(loadBalancerName="family-front", instancePort=80))
    settle(client.attach_instances_to_load_balancer(loadBalancerName="family-front", instanceNames=["family"]))
    summary = client.get_load_balancer(loadBalancerName="family-front")["loadBalancer"]["instanceHealthSummary"]
    assert [target["instanceName"] for target in summary] == ["family"], summary

    settle(client.put_alarm(alarmName="family-alarm", metricName="StatusCheckFailed", monitoredResourceName="family",
                            comparisonOperator="GreaterThanThreshold", threshold=0, evaluationPeriods=2))
    refused = refusal(client.delete_disk, diskName="family-data")
    assert isinstance(refused, client.exceptions.InvalidInputException), repr(refused)
    return sorted(
        item["name"]
        for method, member in (("get_disks", "disks"), ("get_static_ips", "staticIps"),
                               ("get_instance_snapshots", "instanceSnapshots"), ("get_load_balancers", "loadBalancers"))
        for item in client.get_paginator(method).paginate().build_full_result()[member]
    ) + [alarm["state"] for alarm in client.get_alarms()["alarms"]]


SCENARIOS = (paginators, exceptions, times, presigned, presigned_calls, threads, retries, clock, families)

chosen = next(scenario for scenario in SCENARIOS if scenario.__name__ == sys.argv[1])
print(json.dumps(chosen(*sys.argv[2:])))
