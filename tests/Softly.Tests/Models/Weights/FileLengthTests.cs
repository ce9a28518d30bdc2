using Softly.Models.Weights;
using Softly.Tokenization;

namespace Softly.Tests.Models.Weights;

/// <summary>Files of the hub's cache are links: what counts is what they lead to.</summary>
public class FileLengthTests
{
    private const long FarTooLong = 1L << 31;

    public static TheoryData<string, string, Action<string>> Readers => new()
    {
        { "config.json", "bytes are expected, the file has 2147483648", folder => CheckpointConfig.Read(folder) },
        {
            "model.safetensors.index.json", "bytes, this one has 2147483648", folder =>
            {
                using var _ = new CheckpointFolder(folder);
            }
        },
        { "tokenizer.json", "larger than 256 MiB", folder => TokenizerLoader.FromFolder(folder) },
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_link_to_a_file_that_is_too_long_is_refused_before_it_is_read(string name, string says, Action<string> read)
    {
        using var folder = new TemporaryFolder();
        using (var blob = File.Create(folder.File("blob"))) blob.SetLength(FarTooLong); // takes no room: nothing is written
        Directory.CreateDirectory(folder.File("model"));
        File.CreateSymbolicLink(folder.File($"model/{name}"), "../blob");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => read(folder.File("model")));
        Assert.Contains(says, error.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }
}
