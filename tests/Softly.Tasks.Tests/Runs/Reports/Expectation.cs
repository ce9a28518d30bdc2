namespace Softly.Tests.Runs;

/// <summary>
/// Compares output with a file under Expectations. SOFTLY_REFRESH=1 writes the files instead of comparing: read the difference
/// before committing it.
/// </summary>
internal static class Expectation
{
    private static readonly bool Refresh = Environment.GetEnvironmentVariable("SOFTLY_REFRESH") == "1";

    public static void Matches(string name, string actual)
    {
        var path = Path.Combine(Reference.Repository, "tests", "Softly.Tasks.Tests", "Expectations", name);
        if (Refresh) File.WriteAllText(path, actual);
        if (!File.Exists(path)) Assert.Fail($"{path} is missing; run once with SOFTLY_REFRESH=1 and read what it wrote");
        var (expected, got) = (File.ReadAllLines(path), actual.Split('\n'));
        for (var i = 0; i < Math.Min(expected.Length, got.Length); i++)
            if (expected[i] != got[i])
                Assert.Fail($"{name}, line {i + 1}:\nexpected {expected[i]}\ngot      {got[i]}\nSOFTLY_REFRESH=1 accepts it");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
