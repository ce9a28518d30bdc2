using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Softly.Models.Weights;

namespace Softly.Cli.Benches;

/// <summary>
/// llama.cpp with the same weights on the same threads, by the npm package node-llama-cpp and its ready-made library: many
/// sequences that decode in one batch after a prompt. Needs node, npm and a model with a tokenizer (<c>--model</c>).
/// </summary>
/// <param name="type">How the weights are stored.</param>
internal sealed class PeerScenario((string Name, StoredType Type) type) : Scenario(
    $"{Catalog.Peer} {type.Name}", "peers", $"64 sequences in one batch after prompts of 128, 64 new tokens, {type.Name}", 60)
{
    /// <summary>The types it is measured in.</summary>
    public static readonly IReadOnlyList<(string Name, StoredType Type)> Types =
        [("F32", StoredType.F32), ("BF16", StoredType.BF16), ("Q4_0", StoredType.Q40)];

    private const string Version = "3.22.1";
    private const int Sequences = 64, Prompt = 128, Tokens = 64;

    private static readonly string Folder = Path.GetFullPath(Path.Combine("artifacts", "peers"));

    public override void Run(Bench bench)
    {
        if (bench.Options.Model is null || bench.Large.Path is not { } path)
        {
            bench.Skip("llama.cpp reads models with a tokenizer only: give one with --model (files, or org/name once pulled)");
            return;
        }
        foreach (var program in new[] { "node", "npm" })
            if (!Found(program))
            {
                bench.Skip($"{program} is not on the path: install Node.js 20 or newer (apt install nodejs npm)");
                return;
            }
        bench.Doing($"fetching node-llama-cpp {Version}");
        if (Fetch() is { } trouble)
        {
            bench.Skip($"npm cannot install node-llama-cpp {Version} into {Folder}: {trouble}");
            return;
        }
        var file = Path.Combine(Folder, $"{bench.Large.Name}-{type.Name.ToLowerInvariant()}.gguf");
        if (!File.Exists(file))
        {
            bench.Doing($"writing {Path.GetFileName(file)}");
            new Conversion(path, file, type.Type, long.MaxValue, force: false, Reporter.Quiet).Run(CancellationToken.None);
        }
        var (sequences, tokens) = bench.Options.Quick ? (4, 4) : (Sequences, Tokens);
        bench.SeeLimits(bench.Options.Threads);
        var asked = JsonSerializer.Serialize(new
        {
            model = file, sequences, prompt = bench.Options.Quick ? 8 : Prompt, tokens, threads = bench.Options.Threads,
            runs = bench.Options.Quick ? 1 : 3, seed = bench.Options.Seed,
        });
        var (code, output, error) = Run("node", Path.Combine(Folder, "llama.mjs"), asked);
        if (code != 0) throw new IOException($"llama.cpp with {file} ended with {code}: {Last(error)}");
        using var told = JsonDocument.Parse(output.Split('\n').Last(l => l.StartsWith('{')));
        bench.SeeLimits(bench.Options.Threads);
        var seconds = told.RootElement.GetProperty("seconds").EnumerateArray().Select(s => s.GetDouble()).ToList();
        long made = (long)sequences * tokens;
        bench.Measured(new Measurement(
            Name, bench.Options.Threads, Timing.Of(seconds),
            // the prompts are in its caches before the clock starts
            Work.Rollout(bench.Large.MatrixParameters, 0, made, tokens, 0) with
            {
                Bytes = new FileInfo(file).Length * (double)tokens,
            })
        {
            IsAsked = !bench.Options.Quick,
            Setting = new Dictionary<string, string>
            {
                ["model"] = bench.Large.Name, ["weights"] = type.Name, ["node-llama-cpp"] = Version,
                ["threads used"] = told.RootElement.GetProperty("threads").GetInt32().ToString(CultureInfo.InvariantCulture),
                ["sizes"] = $"{sequences} sequences, {tokens} new tokens each; prompts are not timed",
            },
        });
    }

    /// <summary>Installs the package once and puts our script beside it.</summary>
    /// <returns>What went wrong; null where it is there.</returns>
    private static string? Fetch()
    {
        Directory.CreateDirectory(Folder);
        using (var script = typeof(PeerScenario).Assembly.GetManifestResourceStream("peers/llama.mjs")!)
        using (var target = File.Create(Path.Combine(Folder, "llama.mjs"))) script.CopyTo(target);
        if (File.Exists(Path.Combine(Folder, "node_modules", "node-llama-cpp", "package.json"))) return null;
        var architecture = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "mac" : "linux";
        var library = $"@node-llama-cpp/{system}-{architecture}{(system == "mac" && architecture == "arm64" ? "-metal" : "")}";
        // No scripts: the package's own would build llama.cpp from source where it thinks that it must.
        var (code, _, error) = Run(
            OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts",
            "--omit=optional", "--prefix", Folder, $"node-llama-cpp@{Version}", $"{library}@{Version}");
        return code == 0 ? null : Last(error) is { Length: > 0 } said ? said : $"it ended with {code}";
    }

    private static string Last(string text) => text.Trim().Split('\n')[^1];

    private static bool Found(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe"))
            || File.Exists(Path.Combine(folder, program + ".cmd")));

    private static (int Code, string Output, string Error) Run(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
