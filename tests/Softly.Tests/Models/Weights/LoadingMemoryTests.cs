using System.Globalization;
using System.Runtime.InteropServices;
using Softly.Models;
using Softly.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Weights;

/// <summary>What loading takes, as the system counts it: pages of the mapped files are part of a process's memory.</summary>
[Trait("Weight", "Story")]
public class LoadingMemoryTests
{
    private const long MiB = 1 << 20;

    // The shape of Qwen 2 with a context of 131072, 240 MiB in BF16, in seven shards.
    private const string Config = """
        {"model_type": "qwen2", "vocab_size": 32000, "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 4,
         "num_attention_heads": 16, "num_key_value_heads": 2, "max_position_embeddings": 131072, "rms_norm_eps": 1e-06,
         "tie_word_embeddings": false, "torch_dtype": "bfloat16"}
        """;

    /// <summary>
    /// A copy of the file beside the model would be another 240 MiB, the rotary table in double precision 64 MiB. Allowed are the
    /// rotary table itself (16 MiB), a piece, and what stays mapped of each shard (16 MiB and a piece, at most 30 MiB each).
    /// </summary>
    [Theory]
    [InlineData(ScalarType.BFloat16, 1)]
    [InlineData(ScalarType.Float32, 2)]
    public void Loading_takes_little_more_than_the_model_itself(ScalarType type, int timesStored)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory is read from /proc/self/status, which only Linux has");
        using var folder = new TemporaryFolder();
        var stored = Write(folder);
        var small = CheckpointConfig.Parse(Config).Decoder with { Layers = 1, VocabularySize = 8 };
        new Decoder(small, type).Dispose(); // libtorch wakes up
        var before = Forget();
        using var model = PretrainedModel.Load(folder.Path, type);
        var peak = Kilobytes("VmHWM") * 1024 - before;
        Assert.True(peak > 0.9 * timesStored * stored, $"only {peak / MiB} MiB: the peak was not reset, so this proves nothing");
        Assert.True(
            peak < timesStored * stored + 150 * MiB, $"{peak / MiB} MiB for a model of {timesStored * stored / MiB} MiB");
    }

    [Fact]
    public void Nothing_is_left_of_a_model_whose_file_ends_badly_midway()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        var before = Tensor.TotalCount;
        using var weights = PretrainedWeights.Open(folder.Path);
        using var broken = new EndsMidway(weights.File);
        Assert.Throws<InvalidDataException>(
            () => PretrainedModel.Load(weights.Config, broken, ScalarType.Float32, CPU).Dispose());
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>Refuses the last parameter.</summary>
    private sealed class EndsMidway(IWeightFile file) : IWeightFile
    {
        public string Path => file.Path;

        public IReadOnlyDictionary<string, WeightEntry> Entries => file.Entries;

        public void Read(string name, long firstRow, int rowCount, Span<float> into)
        {
            if (name == "lm_head.weight") throw new InvalidDataException($"{Path}: the disk is gone");
            file.Read(name, firstRow, rowCount, into);
        }

        public void Read(string name, Span<float> into) => throw new NotSupportedException();

        public void ReadDoubles(string name, Span<double> into) => throw new NotSupportedException();

        public void Dispose() { }
    }

    private static long Write(TemporaryFolder folder)
    {
        var config = CheckpointConfig.Parse(Config);
        config.Write(folder.Path);
        var entries = ParameterLayout.Of(config.Decoder).Entries(StoredType.BF16);
        using var writer = new CheckpointWriter(folder.Path, entries, 40 << 20);
        var numbers = new float[1 << 18];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = (i % 97 - 48) / 64f;
        foreach (var entry in entries)
            for (var left = entry.Elements; left > 0; left -= numbers.Length)
                writer.Write(entry.Name, numbers.AsSpan(0, (int)Math.Min(left, numbers.Length)));
        writer.Complete();
        return Directory.GetFiles(folder.Path, "*.safetensors").Sum(path => new FileInfo(path).Length);
    }

    /// <summary>Gives freed memory back, so that none is used again unseen, and sets the peak to what is left (bytes).</summary>
    private static long Forget()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = malloc_trim(0);
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Kilobytes("VmRSS") * 1024;
    }

    private static long Kilobytes(string field) => long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal))
            .Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int malloc_trim(nuint keep);
}
