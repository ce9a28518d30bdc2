using System.Text.Json;

namespace Softly.Tests.Grading;

/// <summary>A case of the reference table.</summary>
internal sealed record TableCase(string Kind, string Gold, string Text, bool Expected, string Tier)
{
    /// <summary>The table's cases; skips the running test where it is missing.</summary>
    public static IEnumerable<TableCase> Read(string file)
    {
        foreach (var line in File.ReadLines(Reference.Require("graders", file)))
        {
            using var row = JsonDocument.Parse(line);
            string Column(string name) => row.RootElement.GetProperty(name).GetString()!;
            yield return new TableCase(Column("kind"), Column("gold"), Column("pred"),
                row.RootElement.GetProperty("expected").GetBoolean(), Column("tier"));
        }
    }
}
