// What is not HTML by the standard in a page: rule, line and message of each fault.
import { HtmlValidate } from "html-validate";
import { readFileSync } from "node:fs";

const checker = new HtmlValidate({ root: true, extends: ["html-validate:standard"] });
const report = await checker.validateString(readFileSync(0, "utf8"));
const faults = report.results.flatMap((result) => result.messages);
console.log(JSON.stringify(faults.map(({ ruleId, line, message }) => `${line}: ${ruleId}: ${message}`)));
