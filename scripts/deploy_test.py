# SPDX-License-Identifier: MIT
"""The work of scripts/test-deploy."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

import boto3

from importlib.machinery import SourceFileLoader

TOP = Path(__file__).resolve().parent.parent
TOOLS = TOP / ".mesh/deploy"
TERRAFORM = TOP / "deploy/terraform"
TEMPLATE = TOP / "deploy/cloudformation/order-mesh.yaml"
MESHCTL = Path(os.environ.get("MESHCTL", TOP / ".build/debug/meshctl"))
STAGES = ["inventoryd", "paymentd", "fulfillmentd", "notificationd"]

ministack = SourceFileLoader("ministack", str(TOP / "scripts/ministack")).load_module()
results = []


def step(name, *command, status=0, **options):
    """Runs a command, which passes when it ends with the status that it should."""
    done = subprocess.run(
        [str(word) for word in command], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, **options)
    passed = done.returncode == status
    # Of Terraform, what went wrong and not all that was planned.
    words = done.stdout[max(done.stdout.find("\nError: "), len(done.stdout) - 6000, 0):]
    note(name, passed, "" if passed else f"status {done.returncode}\n{words}")
    return passed


def note(name, passed, why=""):
    results.append(passed)
    print(f"✔ {name}" if passed else f"✘ {name}: {why}", flush=True)


class Account:
    """A stand-in for AWS with a user who may everything, and a network."""

    def __init__(self, endpoint, region):
        self.endpoint, self.region = endpoint, region
        everything = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        ministack.iam(endpoint, "CreateUser", UserName="deployer")
        ministack.iam(endpoint, "PutUserPolicy", UserName="deployer", PolicyName="all",
                      PolicyDocument=json.dumps(everything))
        key = ministack.iam(endpoint, "CreateAccessKey", UserName="deployer")
        self.environment = os.environ | {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
        }
        self.session = boto3.Session(
            key["AccessKeyId"], key["SecretAccessKey"], region_name=region)
        self.network = self.make_network()
        self.before = self.inventory()

    def client(self, service):
        return self.session.client(service, endpoint_url=self.endpoint)

    def make_network(self):
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{part}.0/24",
                              AvailabilityZone=self.region + zone)["Subnet"]["SubnetId"]
            for part, zone in enumerate("abab")
        ]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        return {"vpc": vpc, "private": subnets[:2], "public": subnets[2:], "table": table}

    def inventory(self):
        """Everything that could be left over, by kind."""
        def names(service, call, key, name=None, **options):
            found = getattr(self.client(service), call)(**options).get(key, [])
            return sorted(each[name] if name else each for each in found)
        return {
            "queues": names("sqs", "list_queues", "QueueUrls"),
            "tables": names("dynamodb", "list_tables", "TableNames"),
            "buckets": names("s3", "list_buckets", "Buckets", "Name"),
            "functions": names("lambda", "list_functions", "Functions", "FunctionName"),
            "sources": names("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
            "roles": names("iam", "list_roles", "Roles", "RoleName"),
            "logs": names("logs", "describe_log_groups", "logGroups", "logGroupName"),
            "alarms": names("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
            "clusters": names("ecs", "list_clusters", "clusterArns"),
            "databases": names(
                "rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
            "secrets": names("secretsmanager", "list_secrets", "SecretList", "Name"),
            "balancers": names("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
            "groups": names("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
        }

    def left(self):
        return {
            kind: [name for name in names if name not in self.before[kind]]
            for kind, names in self.inventory().items() if names != self.before[kind]
        }


@contextlib.contextmanager
def account():
    """Runs the stand-in until the end of the block."""
    server = subprocess.Popen(
        [TOP / "scripts/ministack"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        greeting = json.loads(server.stdout.readline())
        yield Account(greeting["endpoint"], greeting["region"])
    finally:
        server.stdin.close()
        server.wait()


def check():
    """What needs no account."""
    step("terraform fmt", "terraform", "fmt", "-check", "-recursive", TERRAFORM)
    files = [*TERRAFORM.glob("*.tf"), *TERRAFORM.glob("modules/*/*.tf")]
    step("today's schema", sys.executable, TOP / "scripts/terraform-schema",
         TOOLS / "schema.json", *files)
    checkov = [TOOLS / "bin/checkov", "--skip-download", "--quiet", "--compact"]
    step("checkov, Terraform", *checkov, "--framework", "terraform", "-d", TERRAFORM,
         "--skip-path", "testing")
    step("cfn-lint", TOOLS / "bin/cfn-lint", TEMPLATE)
    step("checkov, CloudFormation", *checkov, "--framework", "cloudformation", "-f", TEMPLATE,
         "--config-file", TEMPLATE.parent / ".checkov.yaml")


def agrees(account, prefix, table, bucket):
    """What was made is what the command wants, who knows nothing of templates."""
    step("meshctl cloud check finds nothing", MESHCTL, "cloud", "check", "--endpoint",
         account.endpoint, "--prefix", prefix, "--table", table, "--bucket", bucket,
         env=account.environment)


def alarms_watch(account, prefix):
    """Asked as JSON, by root: what the stand-in answers to the older form leaves dimensions out."""
    scope = f"{ministack.ROOT}/20260101/{account.region}/monitoring/aws4_request"
    request = urllib.request.Request(account.endpoint + "/", b"{}", {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        alarms = json.load(answer)["MetricAlarms"]
    watched = {each["Value"] for alarm in alarms for each in alarm.get("Dimensions", [])
               if alarm["Period"] in (60, 300) and alarm["ActionsEnabled"]}
    queues = ["inventory", "payment", "fulfillment", "notification", "notification-retry"]
    wanted = {prefix + queue + end for queue in queues for end in ("", "-DLQ")} | {prefix + "orders"}
    note("alarms watch every queue, its dead letters and the database", watched == wanted,
         "" if watched == wanted else f"{sorted(watched ^ wanted)}")


def nothing_is_left(account, what):
    left = account.left()
    note(f"{what} leaves nothing", not left, json.dumps(left) if left else "")


def functions(directory):
    packed = os.environ.get("FUNCTION_DIRECTORY")
    if packed:
        return Path(shutil.copytree(packed, directory))
    directory.mkdir()
    for stage in STAGES:
        with zipfile.ZipFile(directory / f"{stage}.zip", "w") as package:
            package.writestr("bootstrap", "#!/bin/sh\nexit 1\n")
    return directory


def terraform(account):
    with tempfile.TemporaryDirectory() as home:
        work = Path(home) / "terraform"
        shutil.copytree(TERRAFORM, work)
        for name in ["override.tf", "stand_in.tf"]:
            shutil.copy(work / "testing" / name, work / name)
        settings = Path(home) / "terraformrc"
        settings.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{TOOLS}/mirror"\n  }}\n}}\n')
        network = account.network
        (work / "terraform.tfvars.json").write_text(json.dumps({
            "stand_in": account.endpoint, "region": account.region, "prefix": "tf-",
            "table": "tf-records", "bucket": "tf-receipts", "vpc_id": network["vpc"],
            "private_subnet_ids": network["private"], "public_subnet_ids": network["public"],
            "private_route_table_ids": [network["table"]],
            "certificate_arn": f"arn:aws:acm:{account.region}:000000000000:certificate/"
                               "00000000-0000-0000-0000-000000000000",
            "image_repository": "example.test/order-mesh", "image_tag": "1.0.0",
            "function_directory": str(functions(Path(home) / "functions")),
            "deletion_protection": False,
        }))
        options = {"cwd": work, "env": account.environment | {
            "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1"}}

        def run(name, *words, status=0):
            return step(f"terraform {name}", "terraform", *words, "-no-color", status=status, **options)

        if not run("init", "init", "-input=false") or not run("validate", "validate"):
            return
        change = ["-auto-approve", "-input=false", "-parallelism=40"]
        for place in ["ecs", "lambda"]:
            where = ["-var", f"stages_on={place}"]
            if run(f"apply, stages on {place}", "apply", *change, *where):
                run("plan again: nothing to change", "plan", "-detailed-exitcode",
                    "-input=false", "-parallelism=40", *where)
                agrees(account, "tf-", "tf-records", "tf-receipts")
                alarms_watch(account, "tf-")
        # The old provider waits for a cluster that AWS would call inactive for a while; the stand-in's is gone at
        # once, which it takes for a failure. What is left then goes with the second.
        first = subprocess.run(
            ["terraform", "destroy", "-no-color", *change, *where], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        faults = [line for line in first.stdout.splitlines() if line.startswith("Error: ")]
        expected = 'Error: Error waiting for ECS cluster to become inactive: ECS cluster "tf-mesh" missing'
        if first.returncode != 0 and faults != [expected]:
            note("terraform destroy", False, first.stdout[-6000:])
        run("destroy", "destroy", *change, *where)
        nothing_is_left(account, "terraform destroy")


def cloudformation(account):
    network, prefix, number = account.network, "cf-", "000000000000"
    bucket = f"{prefix}receipts-{number}"
    s3, stacks = account.client("s3"), account.client("cloudformation")
    with tempfile.TemporaryDirectory() as home:
        s3.create_bucket(Bucket="cf-functions",
                         CreateBucketConfiguration={"LocationConstraint": account.region})
        for package in functions(Path(home) / "functions").iterdir():
            s3.upload_file(str(package), "cf-functions", f"1.0.0/{package.name}")
    # Above 51,200 bytes CloudFormation takes a template from S3 alone.
    s3.upload_file(str(TEMPLATE), "cf-functions", "order-mesh.yaml")
    account.before = account.inventory()
    parameters = {
        "Prefix": prefix, "Vpc": network["vpc"], "VpcCidr": "10.9.0.0/16",
        "PrivateSubnets": ",".join(network["private"]),
        "PublicSubnets": ",".join(network["public"]), "PrivateRouteTables": network["table"],
        "CertificateArn": f"arn:aws:acm:{account.region}:{number}:certificate/"
                          "00000000-0000-0000-0000-000000000000",
        "ImageRepository": "example.test/order-mesh", "ImageTag": "1.0.0",
        "FunctionBucket": "cf-functions", "FunctionVersion": "1.0.0", "Protected": "false",
    }

    def change(name, call, waiter, place):
        """Creates or updates the stack; whether it came to its end."""
        try:
            call(StackName="mesh", TemplateURL=f"{account.endpoint}/cf-functions/order-mesh.yaml",
                 Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
                 Parameters=[{"ParameterKey": key, "ParameterValue": value}
                             for key, value in (parameters | {"StagesOn": place}).items()])
            stacks.get_waiter(waiter).wait(
                StackName="mesh", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
            note(name, True)
        except Exception as error:
            events = []
            with contextlib.suppress(stacks.exceptions.ClientError):
                events = stacks.describe_stack_events(StackName="mesh")["StackEvents"]
            failures = [f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}"
                        for each in events if "FAILED" in each["ResourceStatus"]]
            note(name, False, f"{error}\n" + "\n".join(failures))
            return False
        return True

    if change("create stack, stages on ecs", stacks.create_stack, "stack_create_complete", "ecs"):
        # The stand-in is reached without TLS: the bucket's policy must lock us out, and only root can lift it.
        try:
            s3.get_bucket_policy(Bucket=bucket)
            note("the bucket lets nobody in without TLS", False)
        except s3.exceptions.ClientError as error:
            note("the bucket lets nobody in without TLS", "explicit deny" in str(error))
        root = boto3.Session(ministack.ROOT, "any", region_name=account.region)
        root.client("s3", endpoint_url=account.endpoint).delete_bucket_policy(Bucket=bucket)
        # CloudFormation cannot write an item for each queue; and the stand-in's leaves out what AWS's would set.
        left_out = [": TimeToLive is ", ": PointInTimeRecovery is ", ": lifecycle is "]
        place = ["--endpoint", account.endpoint, "--prefix", prefix, "--table", f"{prefix}records",
                 "--bucket", bucket]
        done = subprocess.run([MESHCTL, "cloud", "apply", *place], text=True,
                              stdout=subprocess.PIPE, env=account.environment)
        mended = [line for line in done.stdout.splitlines() if line.startswith("mended: ")]
        rest = [line for line in mended if not line.startswith("mended: queue_policy ")
                and not any(words in line for words in left_out)]
        note("meshctl cloud apply adds the policies of queues, and no more",
             done.returncode == 0 and len(mended) == 5 + len(left_out) and not rest, done.stdout)
        agrees(account, prefix, f"{prefix}records", bucket)
        alarms_watch(account, prefix)
        if change("update stack, stages on lambda", stacks.update_stack,
                  "stack_update_complete", "lambda"):
            sources = account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
            note("five queues feed four functions, with answers for each message",
                 len(sources) == 5 and len({each["FunctionArn"] for each in sources}) == 4
                 and all(each["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
                         for each in sources))
            agrees(account, prefix, f"{prefix}records", bucket)
    stacks.delete_stack(StackName="mesh")
    stacks.get_waiter("stack_delete_complete").wait(
        StackName="mesh", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    nothing_is_left(account, "deleting the stack")


def main():
    wanted = sys.argv[1:] or ["check", "terraform", "cloudformation"]
    if "check" in wanted:
        check()
    if "terraform" in wanted:
        with account() as stack:
            terraform(stack)
    if "cloudformation" in wanted:
        with account() as stack:
            cloudformation(stack)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    raise SystemExit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
