using System.Text.RegularExpressions;
using TorchSharp;

namespace Softly.Tests.Architecture;

/// <summary>What must stay true of the house: docs/decisions/0001 draws the same table.</summary>
public partial class ArchitectureTests
{
    /// <summary>A room and the rooms it may see, beside itself.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Tokenization"] = [],
        ["Models"] = [],
        ["Sampling"] = [],
        ["Rollouts"] = ["Models", "Sampling"], // Models for MixtureRow, what a prompt is made of
        ["Generation"] = ["Models", "Tokenization", "Sampling", "Rollouts"],
        ["Algorithms"] = ["Rollouts", "Sampling"],
        ["Evaluation"] = ["Models", "Generation", "Sampling", "Rollouts"], // Models for MixtureRow, what a thought is made of
        ["Training"] = ["Evaluation", "Generation", "Models", "Tokenization", "Rollouts", "Sampling", "Algorithms"],
    };

    [Fact]
    public void Every_room_sees_only_the_rooms_it_may()
    {
        var source = Path.Combine(Reference.Repository, "src", "Softly");
        var wrong = new List<string>();
        foreach (var folder in Directory.GetDirectories(source).Select(Path.GetFileName).Where(f => f is not ("obj" or "bin")))
        {
            if (!Arrows.TryGetValue(folder!, out var allowed))
            {
                wrong.Add($"{folder} is a room without a place in the table");
                continue;
            }
            foreach (var file in Directory.GetFiles(Path.Combine(source, folder!), "*.cs", SearchOption.AllDirectories))
                foreach (Match match in UsingLine().Matches(File.ReadAllText(file)))
                    if (match.Groups[1].Value is var seen && seen != folder && Arrows.ContainsKey(seen)
                        && !allowed.Contains(seen))
                        wrong.Add($"{folder}/{Path.GetFileName(file)} sees {seen}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void Tasks_runs_and_hub_know_nothing_of_torch_or_of_each_other()
    {
        foreach (var project in new[] { "Softly.Tasks", "Softly.Runs", "Softly.Hub" })
        {
            var text = File.ReadAllText(Path.Combine(Reference.Repository, "src", project, project + ".csproj"));
            Assert.DoesNotContain("PackageReference", text);
            Assert.DoesNotContain("ProjectReference", text);
        }
    }

    /// <summary>Where the dependency on Parquet stops: what reads and writes it sees records and nothing that computes.</summary>
    [Fact]
    public void Parquet_stands_apart_and_sees_tasks_and_runs_alone()
    {
        var text = File.ReadAllText(Path.Combine(Reference.Repository, "src", "Softly.Parquet", "Softly.Parquet.csproj"));
        Assert.Equal(
            ["Parquet.Net", "../Softly.Tasks/Softly.Tasks.csproj", "../Softly.Runs/Softly.Runs.csproj"],
            ReferenceInclude().Matches(text).Select(m => m.Groups[1].Value).OrderBy(r => r.StartsWith('.')));
        var others = Directory.GetFiles(Path.Combine(Reference.Repository, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("\"Parquet.Net\"", StringComparison.Ordinal));
        Assert.Single(others);
    }

    [Fact]
    public void The_sandbox_sees_tasks_and_the_runtime_of_webassembly_and_nothing_else()
    {
        var text = File.ReadAllText(Path.Combine(Reference.Repository, "src", "Softly.Sandbox", "Softly.Sandbox.csproj"));
        Assert.Equal(
            ["Wasmtime", "../Softly.Tasks/Softly.Tasks.csproj"], ReferenceInclude().Matches(text).Select(m => m.Groups[1].Value));
    }

    [Fact]
    public void The_trainer_reads_as_the_walk_and_stays_short()
    {
        var lines = File.ReadAllLines(Path.Combine(Reference.Repository, "src", "Softly", "Training", "Trainer.cs"));
        Assert.True(lines.Length <= 300, $"{lines.Length} lines");
        var text = string.Join('\n', lines);
        var order = new[] { "// Prompt", "// Rollout", "// Grade", "// Loss and update" }
            .Select(m => text.IndexOf(m, StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, order);
        Assert.Equal(order.Order(), order);
    }

    /// <summary>
    /// A number that C# turns into a Scalar on the way into a call can be freed by the collector while libtorch reads it. So the
    /// library never calls what makes one: no operator on tensors with numbers or +, no implicit conversion, no add without α.
    /// </summary>
    [Fact]
    public void No_temporary_scalar_stands_in_the_library() =>
        Assert.Empty(TemporaryScalars.In(typeof(Softly.Models.Decoder).Assembly, typeof(Scalars)).Distinct());

    /// <summary>The test above can fail: each of these is found.</summary>
    [Fact]
    public void Every_way_to_make_a_temporary_scalar_is_noticed()
    {
        var seen = TemporaryScalars.In(typeof(Offences).Assembly).Where(s => s.Contains(nameof(Offences))).ToList();
        foreach (var method in typeof(Offences).GetMethods().Where(m => m.DeclaringType == typeof(Offences)))
            Assert.Contains(seen, s => s.Contains($".{method.Name} calls"));
    }

    private static class Offences
    {
        public static torch.Tensor Number(torch.Tensor x) => x * 0.5;
        public static torch.Tensor Clamped(torch.Tensor x) => x.clamp(0, 1);
        public static torch.Tensor Sum(torch.Tensor x, torch.Tensor y) => x + y;
        public static torch.Tensor Added(torch.Tensor x, torch.Tensor y) => x.add(y);
        public static torch.Tensor AddedInPlace(torch.Tensor x, torch.Tensor y) => x.add_(y);
        public static torch.Tensor Compared(torch.Tensor x) => x.lt(3);
        public static torch.Tensor Filled(torch.Tensor x, torch.Tensor mask) => x.masked_fill(mask, double.NegativeInfinity);
        public static torch.Tensor Written(torch.Tensor x) => torch.full_like(x, 2L);
        public static torch.Tensor Held(torch.Tensor x) => x.add(1f.ToScalar(), 1.ToScalar());
    }

    [GeneratedRegex(@"<(?:Package|Project)Reference Include=""([^""]+)""")]
    private static partial Regex ReferenceInclude();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?Softly\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
