using System.Diagnostics;
using System.Runtime.InteropServices;
using MAFlow.Tests;

namespace MAFlow.Torch.Tests;

/// <summary>Processes under mpirun end where one process does, and lose nothing when one of them dies.</summary>
[TestClass]
[DoNotParallelize]
public sealed class MpiTests
{
    private const string Host = "MAFlow.Torch.MpiHost.dll";
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Cleanup() => _folder.Dispose();

    [TestMethod]
    [DataRow("density", "")]
    [DataRow("density", "probes=1")]
    [DataRow("variational", "")]
    public void WeightsOfOneTwoAndThreeProcessesAreEqualToRounding(string training, string option)
    {
        var weights = new List<float[]>();
        for (var ranks = 1; ranks <= 3; ranks++)
        {
            string[] arguments = [training, "steps=200", $"weights={_folder["weights"]}", .. option.Length > 0 ? [option] : (string[])[]];
            var (exitCode, output) = Mpirun.Run(Host, ranks, arguments);
            Assert.AreEqual(0, exitCode, output);
            var lines = output.Split('\n').Where(line => line.Contains(" steps, ", StringComparison.Ordinal)).ToList();
            Assert.HasCount(ranks, lines, output);
            Assert.HasCount(1, lines.Select(line => line[line.IndexOf(": ", StringComparison.Ordinal)..].Trim()).Distinct(), output);
            Assert.Contains($"of {ranks}: 200 steps", lines[0]);
            weights.Add(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(_folder["weights"])).ToArray());
        }

        var largest = weights[0].Max(Math.Abs);
        foreach (var other in weights.Skip(1))
        {
            var difference = weights[0].Zip(other).Max(pair => Math.Abs(pair.First - pair.Second)) / largest;
            Console.WriteLine($"{training} {option}: relative difference {difference:G3}");
            Near.IsBelow(1e-4, difference);
        }
    }

    [TestMethod]
    [DataRow("density")]
    [DataRow("variational")]
    public void AKilledProcessEndsAllAndTheCheckpointResumes(string training)
    {
        string[] arguments = [training, "steps=60", $"checkpoint={_folder["state"]}"];
        var random = new Random(training.Length);
        for (var kill = 0; kill < 3; kill++)
        {
            KillOne(random, [.. arguments, "told=1", "slow=5"]);
            Assert.IsTrue(File.Exists(_folder["state"]), $"kill {kill}");
            using var file = SafetensorsFile.Load(_folder["state"]);
            Near.IsBelow(TrainingCounters.Decode(file.Metadata["counters"]).Step, 0L);
        }

        var resumed = Mpirun.Run(Host, 2, [.. arguments, $"weights={_folder["resumed"]}"]);
        Assert.AreEqual(0, resumed.ExitCode, resumed.Output);
        Assert.IsFalse(File.Exists(_folder["state"]), "A finished training leaves no checkpoint.");
        var whole = Mpirun.Run(Host, 2, [training, "steps=60", $"weights={_folder["whole"]}"]);
        Assert.AreEqual(0, whole.ExitCode, whole.Output);
        CollectionAssert.AreEqual(File.ReadAllBytes(_folder["whole"]), File.ReadAllBytes(_folder["resumed"]), "Bit for bit, by the same number of processes.");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void AProcessThatFailsEndsAll(int rank)
    {
        var (exitCode, output) = Mpirun.Run(Host, 2, "fail", $"rank={rank}");
        Assert.AreNotEqual(0, exitCode, output);
        Assert.Contains($"rank {rank}: IOException", output);
        Assert.Contains($"rank {1 - rank}: InvalidOperationException", output);
    }

    [TestMethod]
    public void WithoutALibraryTheMessageSaysWhatToInstall()
    {
        var error = Assert.ThrowsExactly<DllNotFoundException>(() => MpiCollective.Begin(["libmpi-that-is-not-there.so"]));
        Assert.Contains("libmpi-that-is-not-there.so", error.Message);
        Assert.Contains("apt-get install openmpi-bin", error.Message);
    }

    [TestMethod]
    public void ALauncherOfAnotherKindIsNoticed()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => MpiCollective.RequireLaunch(1, name => name == "PMI_SIZE" ? "4" : null));
        Assert.Contains("Expected 4 processes, as PMI_SIZE says", error.Message);
        MpiCollective.RequireLaunch(4, name => name == "PMI_SIZE" ? "4" : null);
        MpiCollective.RequireLaunch(1, _ => null);
    }

    [TestMethod]
    public void TheLibraryOfTheLauncherIsTriedFirst()
    {
        var alone = MpiLibrary.Names(_ => null);
        CollectionAssert.AreEqual(alone.ToArray(), MpiLibrary.Names(name => name.StartsWith("OMPI", StringComparison.Ordinal) ? "2" : null).ToArray());
        if (OperatingSystem.IsLinux())
        {
            Assert.AreEqual("libmpi.so.40", alone[0]);
            Assert.AreEqual("libmpi.so.12", MpiLibrary.Names(name => name == "PMI_SIZE" ? "2" : null)[0]);
        }
    }

    /// <summary>Kills one of two processes a random time after the first report, which follows the first checkpoint or goes on from one.</summary>
    private void KillOne(Random random, string[] arguments)
    {
        using var process = Mpirun.Start(Host, 2, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        while (process.StandardOutput.ReadLine() is { } line && !(line.Contains("step", StringComparison.Ordinal) && File.Exists(_folder["state"])))
        {
        }

        var rest = process.StandardOutput.ReadToEndAsync();
        Thread.Sleep(random.Next(100));
        var ranks = Mpirun.Ranks(process.Id);
        Assert.HasCount(2, ranks);
        using (var victim = Process.GetProcessById(ranks[random.Next(2)]))
        {
            victim.Kill();
        }

        Assert.IsTrue(process.WaitForExit(TimeSpan.FromMinutes(1)), "mpirun ends the others.");
        Assert.AreNotEqual(0, process.ExitCode, rest.Result + errors.Result);
    }
}
