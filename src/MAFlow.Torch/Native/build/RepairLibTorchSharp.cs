// Compiled by MSBuild while a project builds (RoslynCodeTaskFactory), so only netstandard2.0 is at hand.
#nullable disable
using System;
using System.IO;
using System.Text;

/// <summary>
/// Takes the need for libstdc++ 6.0.32 (GCC 13) out of an image of libLibTorchSharp.so. That version is asked for by one symbol only,
/// an empty function; without it the library loads on Debian 12, Ubuntu 22.04 and RHEL 9, and on newer systems nothing changes.
/// </summary>
internal sealed class LibTorchSharpImage
{
    private const string Culprit = "_ZSt21ios_base_library_initv";
    private const string StandIn = "_ZN3c108GradMode10is_enabledEv"; // From libc10: imported already, no arguments, no effects.
    private const string TooNew = "GLIBCXX_3.4.32", Neighbour = "GLIBCXX_3.4.30";
    private const int DynSym = 11, VerNeed = 0x6ffffffe, VerSym = 0x6fffffff, SectionHeader = 64, Symbol = 24;

    private readonly byte[] _image;

    private LibTorchSharpImage(byte[] image) => _image = image;

    /// <summary>Repairs the image in place. The outcome says what was done, or why the image was left as it is.</summary>
    public static bool TryRepair(byte[] image, out string outcome)
    {
        try
        {
            outcome = new LibTorchSharpImage(image).Repair();
            return outcome == null;
        }
        catch (InvalidDataException e)
        {
            outcome = e.Message;
            return false;
        }
    }

    // Everything is looked up and checked before the first byte is written: an image is repaired whole or not at all.
    private string Repair()
    {
        Check(U32(0) == 0x464c457f && _image[4] == 2 && _image[5] == 1 && U16(18) == 62, "not a 64-bit little-endian ELF file for x86-64");
        Check(U16(58) == SectionHeader, "unexpected size of a section header");
        long dynSym = Section(DynSym), verSym = Section(VerSym), verNeed = Section(VerNeed);
        long symbols = Offset(dynSym), count = Size(dynSym) / Symbol, versions = Offset(verSym);
        long strings = Offset(Linked(dynSym));
        Check(Linked(verNeed) == Linked(dynSym) && Size(verSym) / 2 == count, "symbol and version tables disagree");

        long culprit = -1, standIn = -1;
        for (long i = 0; i < count; i++)
        {
            long symbol = symbols + i * Symbol;
            if (U16(symbol + 6) != 0)
            {
                continue;
            } // Defined here, not imported.
            if (Is(strings + U32(symbol), Culprit))
            {
                culprit = i;
            }

            if (Is(strings + U32(symbol), StandIn) && U16(versions + 2 * i) <= 1)
            {
                standIn = i;
            }
        }

        if (culprit < 0)
        {
            return "it does not import " + Culprit;
        }

        Check(standIn >= 0, "it does not import " + StandIn);

        int version = U16(versions + 2 * culprit);
        for (long i = 0; i < count; i++)
        {
            Check(i == culprit || U16(versions + 2 * i) != version, "other symbols share the version of " + Culprit);
        }

        FindNeed(Offset(verNeed), strings, version, out long tooNew, out long neighbour);

        Copy(neighbour, tooNew, 4);                                            // vna_hash
        Copy(neighbour + 8, tooNew + 8, 4);                                    // vna_name
        Copy(symbols + standIn * Symbol, symbols + culprit * Symbol, 4);       // st_name
        Copy(versions + 2 * standIn, versions + 2 * culprit, 2);
        return null;
    }

    private void FindNeed(long need, long strings, int version, out long tooNew, out long neighbour)
    {
        for (; ; need += U32(need + 12))
        {
            tooNew = neighbour = -1;
            long entry = need + U32(need + 8);
            for (int i = U16(need + 2); i > 0; i--, entry += U32(entry + 12))
            {
                if (U16(entry + 6) == version && Is(strings + U32(entry + 8), TooNew))
                {
                    tooNew = entry;
                }

                if (Is(strings + U32(entry + 8), Neighbour))
                {
                    neighbour = entry;
                }
            }

            if (tooNew >= 0 && neighbour >= 0)
            {
                return;
            }

            Check(U32(need + 12) != 0, "no pair of " + TooNew + " and " + Neighbour + " among the needed versions");
        }
    }

    private long Section(int type)
    {
        long table = I64(40);
        for (int i = 0; i < U16(60); i++)
        {
            if (U32(table + i * SectionHeader + 4) == (uint)type)
            {
                return table + i * SectionHeader;
            }
        }

        throw new InvalidDataException("no section of type 0x" + type.ToString("x"));
    }

    private long Offset(long header) => I64(header + 24);
    private long Size(long header) => I64(header + 32);

    private long Linked(long header)
    {
        Check(U32(header + 40) < U16(60), "a section links to none");
        return I64(40) + U32(header + 40) * SectionHeader;
    }

    private ushort U16(long at) => BitConverter.ToUInt16(_image, At(at, 2));
    private uint U32(long at) => BitConverter.ToUInt32(_image, At(at, 4));
    private long I64(long at) => BitConverter.ToInt64(_image, At(at, 8));
    private void Copy(long from, long to, int length) => Array.Copy(_image, At(from, length), _image, At(to, length), length);

    private bool Is(long at, string name)
    {
        int start = At(at, 1);
        return start + name.Length < _image.Length && _image[start + name.Length] == 0
            && Encoding.ASCII.GetString(_image, start, name.Length) == name;
    }

    private int At(long at, int length)
    {
        Check(at >= 0 && at <= _image.Length - length, "an offset points outside the file");
        return (int)at;
    }

    private static void Check(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidDataException(problem);
        }
    }
}

#if !REPAIR_ONLY
/// <summary>Writes the repaired copy of a library, or removes an earlier copy when the library needs no repair.</summary>
public sealed class RepairLibTorchSharp : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; }

    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        byte[] image = File.ReadAllBytes(Source);
        // Deleted first: outputs may be hard links, and the copy of an earlier build must not be written through.
        File.Delete(Destination);
        if (LibTorchSharpImage.TryRepair(image, out string outcome))
            File.WriteAllBytes(Destination, image);
        Log.LogMessage(Microsoft.Build.Framework.MessageImportance.Low, "{0}: {1}", Source, outcome ?? "repaired into " + Destination);
        return true;
    }
}
#endif
