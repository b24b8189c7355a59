"""Reads what ./test has written about each test project, prints the failures and, last, the line "N passed, N failed".

Arguments: the folder of results, the filter ("" where everything was to run). Exits with 1 unless something ran and all of it passed.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml

TRX = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}
STACK_LINES = 12
LOG_LINES = 25


class Project:
    """What one test project answered."""

    def __init__(self, folder):
        self.name = folder.name
        self.exit = int((folder / "exit").read_text())
        self.log = (folder / "output.log").read_text(errors="replace").splitlines()
        self.results, self.remarks = [], []
        for file in folder.rglob("results.trx"):
            root = xml.parse(file).getroot()
            self.results += root.findall(".//t:UnitTestResult", TRX)
            self.remarks += [text.text or "" for text in root.findall(".//t:RunInfo[@outcome='Error']/t:Text", TRX)]

    def of(self, *outcomes):
        return [result for result in self.results if result.get("outcome") in outcomes]

    @property
    def passed(self):
        return len(self.of("Passed"))

    @property
    def skipped(self):
        return len(self.of("NotExecuted"))

    @property
    def failed(self):
        """The tests that failed, and one more where the project as a whole did: its host crashed, or it ran nothing."""
        return len(self.results) - self.passed - self.skipped + (1 if self.trouble else 0)

    @property
    def trouble(self):
        if any("aborted" in remark for remark in self.remarks):
            return "The test host crashed or hung. What it had not begun did not run."
        if self.exit != 0 and len(self.results) == self.passed + self.skipped:
            return "No test failed, but something beside the tests did."
        if not self.results and not filtered:
            return "No test ran."
        return None

    def print_failures(self):
        for result in self.results:
            if result.get("outcome") in ("Passed", "NotExecuted"):
                continue
            message = result.findtext(".//t:ErrorInfo/t:Message", "", TRX)
            stack = result.findtext(".//t:ErrorInfo/t:StackTrace", "", TRX).splitlines()
            output = result.findtext(".//t:StdOut", "", TRX).splitlines()
            print(f"\nFAILED {result.get('testName')}")
            indent(message.splitlines() + stack[:STACK_LINES] + output[-LOG_LINES:])
        if self.trouble:
            print(f"\nFAILED {self.name}: {self.trouble}")
            indent(self.remarks + self.log[-LOG_LINES:])

    def print_skipped(self):
        for result in self.of("NotExecuted"):
            print(f"skipped {result.get('testName')}: {result.findtext('.//t:ErrorInfo/t:Message', '', TRX) or result.findtext('.//t:StdOut', '', TRX)}")


def indent(lines):
    for line in lines:
        print(f"    {line}")


folder, filtered = pathlib.Path(sys.argv[1]), bool(sys.argv[2])
projects = [Project(entry) for entry in sorted(folder.iterdir()) if (entry / "exit").exists()]
for project in projects:
    project.print_skipped()
for project in projects:
    project.print_failures()

print()
for project in projects:
    print(f"{project.name}: {project.passed} passed, {project.failed} failed, {project.skipped} skipped")
passed, failed, skipped = (sum(getattr(project, count) for project in projects) for count in ("passed", "failed", "skipped"))
if passed + failed + skipped == 0:
    print(f"No test matches '{sys.argv[2]}'.")
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(0 if failed == 0 and passed > 0 else 1)
