using Softly.Sandbox;

namespace Softly.Tests.Sandbox;

/// <summary>The table of completions, hostile ones among them, and what must come of each.</summary>
[Trait("Weight", "Story")]
[Collection(nameof(OneSandboxAtATime))]
public class CodeCasesTests
{
    [Theory]
    [InlineData("wasm")]
    [InlineData("bwrap")]
    public void Every_case_of_the_table_comes_to_what_it_must(string box)
    {
        var table = CodeTable.Read(Reference.Require("graders", "code_cases.jsonl"));
        var results = table.Check(Boxes.Need(box), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(64, results.Count);
        Assert.Empty(results.SelectMany(r => r.Wrong.Select(w => $"{r.Case.Id} {r.Case.Category}: {w}")));
    }
}
