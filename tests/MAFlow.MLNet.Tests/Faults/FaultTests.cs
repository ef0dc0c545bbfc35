using System.Diagnostics;
using System.Runtime.Versioning;
using MAFlow.Tests;

namespace MAFlow.MLNet.Tests;

/// <summary>Trainings whose process is killed or may not write: none loses its checkpoint, and each ends where an undisturbed one does,
/// bit for bit.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class FaultTests
{
    private const int Kills = 20;
    private const int Epochs = 25;

    private string _folder = "";

    [TestInitialize]
    public void Start() => _folder = Directory.CreateTempSubdirectory("maflow-").FullName;

    [TestCleanup]
    public void End() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    [SupportedOSPlatform("linux")]
    public void A_training_killed_twenty_times_ends_bit_for_bit_where_an_undisturbed_one_does()
    {
        var expected = Undisturbed();
        var random = new Random(1);
        var kills = 0;
        while (kills < Kills)
        {
            using var process = Training("");
            process.StandardOutput.ReadLine();
            Thread.Sleep(random.Next(400));
            process.Kill();
            process.WaitForExit();
            if (process.ExitCode == 0)
            {
                break;
            }

            kills++;
        }

        Console.WriteLine($"{kills} kills, {Directory.GetFiles(_folder, "*.tmp").Length} temporary files left by them");
        Assert.IsGreaterThan(Kills / 2, kills, "The training ended before it was killed often enough.");
        Finish();
        CollectionAssert.AreEqual(expected, System.IO.File.ReadAllBytes(File("model")));
        Assert.IsEmpty(Directory.GetFiles(_folder, "checkpoint.*"), "Half-written checkpoints are cleared away.");
    }

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    [SupportedOSPlatform("linux")]
    public void A_full_disk_ends_the_training_with_an_error_and_leaves_the_last_checkpoint()
    {
        var expected = Undisturbed();
        using (var killed = Training(""))
        {
            killed.StandardOutput.ReadLine();
            SpinWait.SpinUntil(() => System.IO.File.Exists(File("checkpoint")) || killed.HasExited);
            killed.Kill();
            killed.WaitForExit();
        }

        Array.ForEach(Directory.GetFiles(_folder, "*.tmp"), System.IO.File.Delete);
        var checkpoint = System.IO.File.ReadAllBytes(File("checkpoint"));
        // The limit on the length of a file answers like a full disk once its signal is ignored.
        using (var limited = Training("trap '' XFSZ; ulimit -f 4;"))
        {
            var error = limited.StandardError.ReadToEnd();
            limited.WaitForExit();
            Assert.AreNotEqual(0, limited.ExitCode);
            StringAssert.Contains(error, "IOException");
        }

        CollectionAssert.AreEqual(checkpoint, System.IO.File.ReadAllBytes(File("checkpoint")));
        Assert.IsEmpty(Directory.GetFiles(_folder, "*.tmp"));
        Finish();
        CollectionAssert.AreEqual(expected, System.IO.File.ReadAllBytes(File("model")));
    }

    private byte[] Undisturbed()
    {
        Finish();
        var model = System.IO.File.ReadAllBytes(File("model"));
        System.IO.File.Delete(File("model"));
        return model;
    }

    private void Finish()
    {
        using var process = Training("");
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, error.Result);
        Assert.IsFalse(System.IO.File.Exists(File("checkpoint")), "A finished training leaves no checkpoint.");
    }

    private string File(string name) => Path.Combine(_folder, name);

    private Process Training(string before)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var program = Path.Combine(AppContext.BaseDirectory, "MAFlow.MLNet.LoadHost.dll");
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{before} exec '{host}' '{program}' train '{File("checkpoint")}' '{File("model")}' {Epochs}");
        // The runtime's double mapping of code is a long file, too.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Process.Start(start)!;
    }
}
