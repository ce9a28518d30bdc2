using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one symbol-version requirement of a 64-bit little-endian ELF library as weak (VER_FLG_WEAK), so that a loader
/// whose C++ library lacks that version name accepts it. Runs at build time on the copy in the output folder; a file that
/// does not ask for the version is left as it is. The file's time stamp is kept, so that MSBuild does not copy it again.
/// </summary>
public class WeakenVersionNeed : Task
{
    private const int SectionNeed = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 2;              // VER_FLG_WEAK

    public string File { get; set; }
    public string Version { get; set; }

    public override bool Execute()
    {
        var image = System.IO.File.ReadAllBytes(File);
        if (image.Length < 64 || BitConverter.ToInt32(image, 0) != 0x464c457f || image[4] != 2 || image[5] != 1)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file.", File);
            return false;
        }
        var changed = false;
        var sections = BitConverter.ToInt64(image, 40);
        int entrySize = BitConverter.ToUInt16(image, 58), count = BitConverter.ToUInt16(image, 60);
        for (var i = 0; i < count; i++)
        {
            var header = sections + (long)i * entrySize;
            if (BitConverter.ToInt32(image, (int)header + 4) != SectionNeed) continue;
            var strings = BitConverter.ToInt64(image, (int)(sections + (long)BitConverter.ToInt32(image, (int)header + 40) * entrySize) + 24);
            var need = BitConverter.ToInt64(image, (int)header + 24);
            for (var files = BitConverter.ToInt32(image, (int)header + 44); files > 0; files--)
            {
                var entry = need + BitConverter.ToInt32(image, (int)need + 8);
                for (int n = BitConverter.ToUInt16(image, (int)need + 2); n > 0; n--)
                {
                    var name = strings + BitConverter.ToInt32(image, (int)entry + 8);
                    var end = Array.IndexOf(image, (byte)0, (int)name);
                    if (Encoding.ASCII.GetString(image, (int)name, end - (int)name) == Version && image[entry + 4] != Weak)
                    {
                        image[entry + 4] = (byte)Weak;
                        changed = true;
                    }
                    entry += BitConverter.ToInt32(image, (int)entry + 12);
                }
                need += BitConverter.ToInt32(image, (int)need + 12);
            }
        }
        if (!changed) return true;
        // To a new name and then over the old one: a process that has the old file mapped keeps it.
        var stamp = System.IO.File.GetLastWriteTimeUtc(File);
        var next = File + ".weak";
        System.IO.File.WriteAllBytes(next, image);
        System.IO.File.SetLastWriteTimeUtc(next, stamp);
        System.IO.File.Delete(File);
        System.IO.File.Move(next, File);
        Log.LogMessage(MessageImportance.Low, "{0}: the need for {1} is weak now.", File, Version);
        return true;
    }
}
