using System.CommandLine;
using Softly.Hub;
using Softly.Runs;

namespace Softly.Cli.Commands;

/// <summary><c>softly pull</c></summary>
internal static class PullCommand
{
    public static Command Make()
    {
        var repo = new Argument<string>("REPO")
        {
            Description = "org/name of a model on the Hugging Face hub, or datasets/org/name of a data set"
        };
        var type = new Option<string?>("--repo-type") { Description = "what REPO is [default: model, unless REPO says it]" };
        type.AcceptOnlyFromAmong("model", "dataset");
        var revision = new Option<string>("--revision")
        {
            Description = "a branch, a tag or a commit", DefaultValueFactory = _ => "main"
        };
        var include = new Option<string[]>("--include")
        {
            Description = "only files of this pattern, may be repeated [default: of a model *.safetensors, *.json, *.jinja, "
                + "*.txt and *.model; of a data set all]; .gguf files come with this only",
        };
        var exclude = new Option<string[]>("--exclude") { Description = "no files of this pattern, may be repeated" };
        var to = new Option<string?>("--to") { Description = "a folder that gets plain copies as well" };
        var force = new Option<bool>("--force") { Description = "with --to, replace files there whose content differs" };
        var token = new Option<string?>("--token")
        {
            Description = "a token of the hub [default: HF_TOKEN, else the file $HF_HOME/token]"
        };
        var json = Common.Json();
        var command = new Command(
            "pull", "Fetch a model or a data set from the Hugging Face hub into the cache that Python's tools share. "
                + "Reads HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN and HF_HUB_OFFLINE.")
        {
            repo, type, revision, include, exclude, to, force, token, json
        }.WithExamples(
            "softly pull Qwen/Qwen3-0.6B",
            "softly pull org/name-GGUF --include \"*Q4_K_M.gguf\"",
            "softly pull datasets/HuggingFaceH4/MATH-500 --include \"*.jsonl\" --to data/math500",
            "softly train task=jsonl dataset_name=data/math500/test.jsonl model_name_or_path=Qwen/Qwen3-0.6B");
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(force) && parsed.GetValue(to) is null)
                throw new UserError("--force goes with --to: the cache replaces nothing");
            var reporter = new Reporter(parsed.GetValue(json));
            var request = new PullRequest(HubRepo.Parse(parsed.GetValue(repo)!, parsed.GetValue(type) switch
            {
                "model" => HubRepoKind.Model,
                "dataset" => HubRepoKind.Dataset,
                _ => null,
            }))
            {
                Revision = parsed.GetValue(revision)!,
                Files = new FileChoice(parsed.GetValue(include) ?? [], parsed.GetValue(exclude) ?? []),
                To = parsed.GetValue(to), Force = parsed.GetValue(force),
            };
            var settings = HubSettings.FromEnvironment(Environment.GetEnvironmentVariable);
            if (parsed.GetValue(token) is { } given) settings = settings.WithToken(given, "--token");
            using var interrupt = new Interrupt("stopping: what came is kept, the same command goes on from there");
            using var client = new HubClient(settings, note: reporter.Say);
            var rate = new TransferRate();
            var result = await new HubPull(client, p => Show(reporter, rate, p), reporter.Say)
                .Run(request, interrupt.Token);
            reporter.Record(new
            {
                folder = result.Folder, commit = result.Commit, files = result.Files, bytes = result.Bytes,
                received = result.Received,
            });
            if (reporter.Json) return ExitCode.Ok;
            var state = result.Commit is { } commit ? $"at {commit[..12]}" : "as the cache has it";
            reporter.Say($"{request.Repo.Address} {state}: "
                + $"{result.Files.Count} files, {HumanBytes.Format(result.Bytes)} "
                + $"({HumanBytes.Format(result.Received)} fetched now)");
            reporter.Say(result.Folder);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Show(Reporter reporter, TransferRate rate, PullProgress progress)
    {
        rate.See(progress.Bytes);
        var left = rate.BytesPerSecond > 0
            ? $" · {HumanTime.Format((progress.Total - progress.Bytes) / rate.BytesPerSecond)} left" : "";
        reporter.Progress($"{HumanBytes.Format(progress.Bytes)} of {HumanBytes.Format(progress.Total)} · "
            + $"{progress.Files} of {progress.FileCount} files · {HumanBytes.Format((long)rate.BytesPerSecond)}/s{left}");
    }
}
