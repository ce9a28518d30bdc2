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

    [Theory]
    [InlineData("model.old")]
    [InlineData("model.partial")]
    public void Folders_of_like_names_are_somebody_elses_and_stay(string theirs)
    {
        foreach (var there in new[] { theirs, "model" })
        {
            Directory.CreateDirectory(_at[there]);
            File.WriteAllText(_at[there, "diary"], "dear");
        }
        using (var folder = new WholeFolder(_at["model"]))
        {
            Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
            File.WriteAllText(Path.Combine(folder.Path, "new"), "");
            folder.Complete();
        }
        Assert.Equal([_at["model"], _at[theirs]], Directory.GetFileSystemEntries(_at[""]).Order());
        Assert.Equal("dear", File.ReadAllText(_at[theirs, "diary"]));
        Assert.Equal([_at["model", "new"]], Directory.GetFileSystemEntries(_at["model"]));
    }

    [Fact]
    public void Where_nothing_is_to_be_replaced_what_is_there_is_an_error_and_stays()
    {
        Directory.CreateDirectory(_at["model"]);
        File.WriteAllText(_at["model", "old"], "");
        using (var folder = new WholeFolder(_at["model"])) Assert.Throws<IOException>(() => folder.Complete(replace: false));
        Assert.Equal([_at["model"]], Directory.GetFileSystemEntries(_at[""]));
        Assert.Equal([_at["model", "old"]], Directory.GetFileSystemEntries(_at["model"]));
    }
}
