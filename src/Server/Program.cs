return await Kdsl.Commands.CommandLine.RunAsync(args, Console.Error);
