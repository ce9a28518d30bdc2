namespace Softly.Tests.Architecture;

/// <summary>No table of right answers is overlooked.</summary>
public class GoldenTablesTests
{
    /// <summary>A table counts as read where a test's source names it in quotes.</summary>
    [Fact]
    public void Every_table_of_losses_laws_and_samplers_is_read_by_a_test()
    {
        var sources = Directory.GetFiles(Path.Combine(Reference.Repository, "tests"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText).ToList();
        var tables = Directory.GetFiles(Reference.Require("golden", "losses"), "*.jsonl")
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(tables);
        var unread = tables.Where(name => !sources.Any(s => s.Contains($"\"{name}\""))).ToList();
        Assert.True(unread.Count == 0, $"no test reads {string.Join(", ", unread.Select(n => n + ".jsonl"))}");
    }
}
