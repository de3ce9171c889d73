"""The accessibility checker axe-core: its script, the rules to run, and how to run them in a page."""

from pathlib import Path

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

RUN = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  const where = ({ nodes }) => nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ");
  return violations.map((each) => `${each.id}: ${where(each)}`);
}"""

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
