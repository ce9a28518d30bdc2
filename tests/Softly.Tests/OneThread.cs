using System.Runtime.CompilerServices;
using TorchSharp;

namespace Softly.Tests;

/// <summary>
/// libtorch computes with one thread here: on tensors this small, threads that wait for each other cost ten times the work.
/// </summary>
internal static class OneThread
{
    [ModuleInitializer]
    public static void Set() => torch.set_num_threads(1);
}
