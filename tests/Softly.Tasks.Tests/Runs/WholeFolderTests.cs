using Softly.Runs;

namespace Softly.Tests.Runs;

public sealed class WholeFolderTests : IDisposable
{
    private readonly TemporaryFolder _at = new();

    public void Dispose() => _at.Dispose();

    [Fact]
    public void It_appears_whole_and_takes_the_place_of_what_was_there()
    {
        foreach (var text in new[] { "one", "two" })
        {
            using var folder = new WholeFolder(_at["a", "model"]);
            File.WriteAllText(Path.Combine(folder.Path, text), text);
            Assert.False(File.Exists(_at["a", "model", text]));
            folder.Complete();
            Assert.Equal([_at["a", "model", text]], Directory.GetFileSystemEntries(_at["a", "model"]));
            Assert.Equal([_at["a", "model"]], Directory.GetFileSystemEntries(_at["a"]));
        }
    }

    [Fact]
    public void Given_up_it_leaves_what_was_there()
    {
        Directory.CreateDirectory(_at["model"]);
        File.WriteAllText(_at["model", "old"], "");
        using (var folder = new WholeFolder(_at["model"])) File.WriteAllText(Path.Combine(folder.Path, "half"), "");
        Assert.Equal([_at["model"]], Directory.GetFileSystemEntries(_at[""]));
        Assert.Equal([_at["model", "old"]], Directory.GetFileSystemEntries(_at["model"]));
    }

    [Fact]
    public void What_an_attempt_that_died_left_is_not_mixed_with_the_next()
    {
        Directory.CreateDirectory(_at["model.partial"]);
        File.WriteAllText(_at["model.partial", "half"], "");
        using var folder = new WholeFolder(_at["model"]);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
