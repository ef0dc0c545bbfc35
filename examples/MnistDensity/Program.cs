using MnistDensity;

return CommandLine.Run(args);
