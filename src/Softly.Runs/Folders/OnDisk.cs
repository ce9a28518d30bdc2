namespace Softly.Runs;

/// <summary>Files that outlast a loss of power.</summary>
internal static class OnDisk
{
    /// <summary>Forces all files of a folder, and of the folders in it, to disk.</summary>
    public static void Force(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
    }
}
