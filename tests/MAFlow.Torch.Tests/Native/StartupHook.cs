using System.Globalization;
using MAFlow.Torch.Tests;

/// <summary>Runs before Main in a child process that <see cref="EntryPointTests"/> starts, in a folder without libtorch.</summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        foreach (var (name, begin) in EntryPoints.All)
        {
            Console.WriteLine($"{name}: {Outcome(begin)}");
        }

        Environment.Exit(0);
    }

    private static string Outcome(Action begin)
    {
        try
        {
            begin();
            return "made";
        }
#pragma warning disable CA1031 // Whatever a user would see.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"{e.GetType().Name}, {e.Message.ReplaceLineEndings(" ")}";
        }
    }
}
