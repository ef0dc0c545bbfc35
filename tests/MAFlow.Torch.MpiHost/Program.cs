using System.Globalization;
using MAFlow.Torch.MpiHost;
using static TorchSharp.torch;

// One of the processes that mpirun starts: trains what the first argument names, says what came of it.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
set_num_threads(1);
var options = args.Skip(1).Select(argument => argument.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
var pause = TimeSpan.FromMilliseconds(int.Parse(options.GetValueOrDefault("slow", "0")));
var world = pause == default ? MpiCollective.World : (ICollective)new SlowCollective(MpiCollective.World, pause);
switch (args[0])
{
    case "density":
        Trainings.Density(world, options);
        break;
    case "variational":
        Trainings.Variational(world, options);
        break;
    case "fail":
        return Trainings.Fail(world, options);
    case "time":
        StepTimes.Measure(world, options);
        break;
    default:
        Console.Error.WriteLine($"Expected density, variational, fail or time, got {args[0]}.");
        return 2;
}

return 0;
