using System.CommandLine;
using Softly.Cli;
using Softly.Cli.Commands;
using Softly.Runs;

NativeTorch.Prepare();
var root = new RootCommand("Train, evaluate and run language models that think in soft tokens.")
{
    QuickstartCommand.Make(), TrainCommand.Make(), PlanCommand.Make(), CompareCommand.Make(), EvaluateCommand.Make(),
    GenerateCommand.Make(), InspectCommand.Make(), LawsCommand.Make(), PullCommand.Make(), ConvertCommand.Make(),
    TokenizeCommand.Make(), TemplateCommand.Make(), GradeCommand.Make(), BenchCommand.Make(), DoctorCommand.Make(),
};
Examples.Install(root.WithExamples("softly quickstart", "softly train recipes/countdown-3/soft-grpo.yaml", "softly train --help"),
    "Exit codes: 0 done, 1 a fault of ours or a table differs, 2 wrong input, 3 the machine said no, 130 stopped by Ctrl-C.");
try
{
    var parsed = root.Parse(args);
    var asksForHelp = args.Any(a => a is "--help" or "-h" or "-?"); // of a command whose arguments are not there yet
    if (parsed.Errors.Count > 0 && args.Length > 0 && !asksForHelp)
    {
        foreach (var error in parsed.Errors) Console.Error.WriteLine(error.Message);
        Console.Error.WriteLine($"try: softly {string.Join(' ', args.TakeWhile(a => !a.StartsWith('-')).Take(1))} --help");
        return ExitCode.WrongInput;
    }
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(10)
    });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("stopped");
    return ExitCode.Stopped;
}
catch (Exception e) when (Unwrap(e) is var cause
    && (cause is UserError or RunFolderException or Softly.Tokenization.ChatTemplateException or Softly.Tasks.DatasetException
        or Softly.Hub.HubException or InvalidDataException or FileNotFoundException or DirectoryNotFoundException
        || IsRefusal(cause)))
{
    Console.Error.WriteLine(Unwrap(e).Message);
    return ExitCode.WrongInput;
}
catch (Exception e) when (Unwrap(e) is NativeTorchMissing or Softly.Sandbox.SandboxUnavailableException or IOException or UnauthorizedAccessException or OutOfMemoryException)
{
    Console.Error.WriteLine(Unwrap(e).Message);
    return ExitCode.Machine;
}
catch (Exception e)
{
    Console.Error.WriteLine("a fault of ours; please report it with what follows");
    Console.Error.WriteLine(e);
    return ExitCode.Fault;
}

static Exception Unwrap(Exception e) => e is AggregateException { InnerException: { } first } ? Unwrap(first) : e;

// Our own code's refusal of an argument is a message for the user; anyone else's is a fault of ours.
static bool IsRefusal(Exception e) =>
    e is ArgumentException
    && e.TargetSite?.DeclaringType?.Assembly.GetName().Name?.StartsWith("Softly", StringComparison.Ordinal) == true;
