using System.Text.Json;
using Softly.Runs;

namespace Softly.Tests.Runs;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder _at = new();
    private readonly HandClock _clock = new();
    private readonly string _path;

    public MetricsLogTests() => _path = _at["run", "metrics.jsonl"];

    public void Dispose() => _at.Dispose();

    [Fact]
    public void A_line_has_step_time_and_names_and_is_there_at_once()
    {
        using var log = new MetricsLog(_path, time: _clock);
        _clock.Advance(1.5);
        log.Append(1, [new("loss", 0.25), new("rewards/exact/mean", 1), new("learning_rate", 1e-4)]);
        Assert.Equal(
            """{"step":1,"wall_seconds":1.5,"loss":0.25,"rewards/exact/mean":1,"learning_rate":0.0001}""" + "\n",
            ReadWhileOpen());
    }

    [Fact]
    public void Numbers_that_are_not_finite_become_null_and_are_listed()
    {
        using (var log = new MetricsLog(_path, time: _clock))
            log.Append(3, [new("loss", double.NaN), new("reward", 0.5), new("grad_norm", double.PositiveInfinity)]);
        Assert.Equal(
            """{"step":3,"wall_seconds":0,"loss":null,"reward":0.5,"grad_norm":null,"nonfinite":["loss","grad_norm"]}""" + "\n",
            File.ReadAllText(_path));
        var entry = Assert.Single(MetricsLog.Read(_path));
        Assert.Equal(double.NaN, entry["loss"]);
        Assert.Equal(0.5, entry["reward"]);
        Assert.Equal(double.NaN, entry["never logged"]);
        Assert.Equal(["loss", "reward", "grad_norm"], entry.Metrics.Keys);
    }

    [Fact]
    public void Doubles_come_back_as_they_were()
    {
        double[] values = [0.1 + 0.2, double.Epsilon, -1.7976931348623157e308, 1e-4, 3];
        using (var log = new MetricsLog(_path))
            log.Append(0, values.Select((v, i) => KeyValuePair.Create($"m{i}", v)));
        Assert.Equal(values, MetricsLog.Read(_path)[0].Metrics.Values);
    }

    [Fact]
    public void Resuming_at_a_step_drops_later_lines_and_goes_on_with_the_clock()
    {
        using (var log = new MetricsLog(_path, time: _clock))
        {
            for (var step = 1; step <= 5; step++)
            {
                _clock.Advance(10);
                log.Append(step, [new("reward", step)]);
            }
        }
        _clock.Advance(1000); // the run lay still
        using (var log = new MetricsLog(_path, resumeAt: 3, _clock))
        {
            Assert.Equal([1, 2, 3], log.Entries.Select(e => e.Step));
            _clock.Advance(5);
            log.Append(4, [new("reward", 40)]);
        }
        var read = MetricsLog.Read(_path);
        Assert.Equal([1, 2, 3, 4], read.Select(e => e.Step));
        Assert.Equal([10, 20, 30, 35], read.Select(e => e.WallSeconds)); // 30 from before + 5, without the pause
        Assert.Equal(40, read[3]["reward"]);
    }

    [Theory]
    [InlineData("""{"step":3,"wall_se""")]
    [InlineData("""{"step":3,"wall_seconds":1}""")] // whole but without its line end: the next line must not be glued to it
    [InlineData("\0\0\0\0\n")]
    public void A_torn_last_line_is_left_out_and_cut_off(string torn)
    {
        using (var log = new MetricsLog(_path)) log.Append(2, [new("reward", 1)]);
        var whole = File.ReadAllText(_path);
        File.AppendAllText(_path, torn);
        Assert.Equal([2], MetricsLog.Read(_path).Select(e => e.Step));
        using (var log = new MetricsLog(_path, resumeAt: 2)) Assert.Single(log.Entries);
        Assert.Equal(whole, File.ReadAllText(_path));
    }

    [Theory]
    [InlineData("{\"step\":1}\nrubbish\n{\"step\":2}\n", "line 2: not a JSON object")]
    [InlineData("{\"step\":1}\nrubbish\n{\"step\":2", "line 2: not a JSON object")]
    [InlineData("{\"step\":1}\n{\"stop\":2}\n", "line 2: 'step' is missing")]
    [InlineData("{\"step\":1,\"reward\":\"high\"}\n", "line 1: 'reward' is string, expected a number or null")]
    public void A_damaged_line_is_named(string text, string expected)
    {
        Directory.CreateDirectory(_at["run"]);
        File.WriteAllText(_path, text);
        var error = Assert.Throws<InvalidDataException>(() => MetricsLog.Read(_path));
        Assert.StartsWith($"{_path}, {expected}", error.Message);
        Assert.Throws<InvalidDataException>(() => new MetricsLog(_path));
        Assert.Equal(text, File.ReadAllText(_path));
    }

    [Fact]
    public void Steps_out_of_order_are_refused_in_file_and_call()
    {
        using (var log = new MetricsLog(_path))
        {
            log.Append(5, []);
            log.Append(5, [new("eval_pass@1", 0.5)]); // a second line of a step is fine
            Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(4, []));
        }
        File.AppendAllText(_path, "{\"step\":1}\n");
        Assert.Contains("step 1 comes after step 5", Assert.Throws<InvalidDataException>(() => new MetricsLog(_path)).Message);
    }

    [Fact]
    public void Names_the_log_writes_itself_and_names_given_twice_are_refused()
    {
        using var log = new MetricsLog(_path);
        Assert.Contains("'step'", Assert.Throws<ArgumentException>(() => log.Append(1, [new("step", 1)])).Message);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => log.Append(1, [new("loss", 1), new("loss", 2)])).Message);
        Assert.Empty(log.Entries);
    }

    [Fact]
    public void A_long_file_is_read_across_its_buffers()
    {
        using (var log = new MetricsLog(_path))
            for (var step = 0; step < 3000; step++)
                log.Append(step, [new("a_rather_long_name_to_fill_the_buffer", step * 0.001)]);
        Assert.True(new FileInfo(_path).Length > 3 * (1 << 16));
        Assert.Equal(Enumerable.Range(0, 3000), MetricsLog.Read(_path).Select(e => e.Step));
        new MetricsLog(_path, resumeAt: 1500).Dispose();
        Assert.Equal(1501, MetricsLog.Read(_path).Count);
    }

    [Fact]
    public void Trainer_state_has_the_keys_that_tools_read_and_no_others()
    {
        var state = new TrainerState
        {
            GlobalStep = 2, MaxSteps = 300, Epoch = 0.5, SaveSteps = 100, TrainBatchSize = 256, BestMetric = double.NaN,
            LogHistory = [new MetricsEntry(1, 3, new Dictionary<string, double> { ["loss"] = 0.5, ["grad_norm"] = double.NaN })],
        };
        state.Write(_at["trainer_state.json"]);
        using var json = JsonDocument.Parse(File.ReadAllText(_at["trainer_state.json"]));
        string[] expected =
        [
            "best_global_step", "best_metric", "best_model_checkpoint", "epoch", "eval_steps", "global_step",
            "is_hyper_param_search", "is_local_process_zero", "is_world_process_zero", "log_history", "logging_steps",
            "max_steps", "num_input_tokens_seen",
            "num_train_epochs", "save_steps", "total_flos", "train_batch_size", "trial_name", "trial_params",
        ];
        Assert.Equal(expected, json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(256, json.RootElement.GetProperty("train_batch_size").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("best_metric").ValueKind);
        Assert.Equal("""{"loss":0.5,"grad_norm":null,"step":1}""", Compact(json.RootElement.GetProperty("log_history")[0]));
    }

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);

    private string ReadWhileOpen()
    {
        using var reader = new StreamReader(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}
